"""`python ingest.py [FOLDER]` does what `assistant ingest [FOLDER]` does."""

import sys

from assistant.cli import main

if __name__ == "__main__":
    main(["ingest", *sys.argv[1:]], prog_name="ingest.py")
