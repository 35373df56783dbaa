"""Run by test_database.py in a process of its own: saves messages and says so, until it is killed.

Usage: save_until_killed.py FILE
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from bot.conversations.database import Database, EventRow

database = Database(Path(sys.argv[1]))
number = 0
while True:
    rows = [EventRow("user", "", time.time(), f'"{number}-{part}"') for part in range(5)]
    database.append(f"patient {number % 7}", rows).result()
    print(number, flush=True)
    number += 1
