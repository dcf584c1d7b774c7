"""Opening the database: what cannot be used is one sentence."""

from pathlib import Path

import pytest

from assistant.domain.errors import CorpusError
from assistant.store.database import open_database


def test_a_damaged_database_is_one_sentence_that_names_its_folder(tmp_path: Path) -> None:
    (tmp_path / "assistant.sqlite3").write_bytes(b"this is no database, whatever its name\n" * 200)
    with pytest.raises(CorpusError) as refused:
        open_database(tmp_path)
    assert str(refused.value) == (
        f"The database in the data folder {tmp_path} is damaged; put back a copy, or move "
        "assistant.sqlite3 away and ingest again."
    )


def test_a_file_in_the_place_of_the_data_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(CorpusError, match=r"^Cannot write to the data folder .*--data-dir"):
        open_database(tmp_path / "data")


def test_a_database_that_cannot_be_opened_is_not_called_damaged(tmp_path: Path) -> None:
    (tmp_path / "assistant.sqlite3").mkdir()
    with pytest.raises(CorpusError, match=r"^Cannot write to the data folder .*--data-dir"):
        open_database(tmp_path)
