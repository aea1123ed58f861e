"""What stands before an action in a list: its number, its label or a bullet. The text is in lower case."""

import re

LABEL = r"(?:actions?|plan|answer|steps?|sub-?goals?)"
"""Of a list, with a colon after it: ``actions:``."""
ITEM = r"(?:step|action|goal|sub-?goal)"
"""Of one action: ``step 2``, ``next action:``."""
LETTER = r"(?:[a-h]|[ivx]{1,5})"
"""Letters and Roman numbers that count."""
NUMBER = (
    rf"(?:{ITEM} ?#?\d{{1,2}} ?[.):–—-]?"  # step 3, step #3 -
    r"|\(?\d{1,2} ?[.):](?!\d)"  # 1. (2) 3: but not 1.5
    rf"|\(?{LETTER}\))"  # a) (iv)
)
"""Of an action: ``1.``, ``(2)``, ``a)``, ``iv)``, ``step 3 -``."""

MARKED_LINE = re.compile(
    rf" ?(?:(?P<number>{NUMBER}"
    rf"|{LETTER}\. "  # a. iv.
    r"|[\[#(]?\d{1,2}\]?(?: -)? )"  # 1 [2] #3 4 -
    r"|(?P<bullet>- ))"
)
"""The beginning of a line with a number, of any form, or with a bullet."""
FIRST = re.compile(rf" ?(?:{ITEM} ?)?[\[#(]?(?:1|a|i)\b")
"""The number of the first action of a list, of any form."""
