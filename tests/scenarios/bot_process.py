"""A bot in a process of its own, to be killed: settings come from the environment.

While the file `hold` is in the data folder, no question is answered. What begins with "long" gets
an answer of several messages.
"""

import time
from collections.abc import Sequence

from assistant.domain.answers import Answer, AnswerStatus, OnStep, Step, StepBegun, Turn
from assistant.domain.attachments import AnswerFromFile, FileContent
from assistant.domain.ports import Abilities
from assistant.network.routing import TopicRouter
from assistant.settings import load_settings
from assistant.slack.app import serve
from assistant.store.database import open_database
from assistant.telemetry import configure_logging
from tests.fakes.hashing_encoder import HashingEncoder
from tests.fakes.library_of_sections import ScriptedSections
from tests.fakes.scripted_train import ScriptedTrain


def main() -> None:
    """Serve until told to end."""
    settings = load_settings()
    configure_logging(settings.log_level)

    def answer(
        question: str,
        history: Sequence[Turn],
        audiences: Sequence[str],
        on_step: OnStep | None = None,
    ) -> Answer:
        if on_step is not None:
            on_step(StepBegun(Step.SEARCHING))
        while (settings.data_dir / "hold").exists():
            time.sleep(0.02)
        text = f"Asked: {question}"
        if question.startswith("long"):
            text = "\n".join([text, *(f"Line {number} of it." for number in range(900))])
        return Answer(question=question, status=AnswerStatus.ANSWERED, text=text)

    def define(term: str, audiences: Sequence[str]) -> Answer:
        return answer(term, (), audiences)

    def answer_from_file(
        question: str, history: Sequence[Turn], file: FileContent
    ) -> AnswerFromFile:
        return AnswerFromFile(answer(question, history, ()))

    abilities = Abilities(
        answer,
        answer_from_file,
        define,
        ScriptedTrain(),
        TopicRouter(HashingEncoder),
        ScriptedSections(),
    )
    serve(settings, open_database(settings.data_dir), abilities, "ready")


if __name__ == "__main__":
    main()
