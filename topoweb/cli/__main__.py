"""`python -m topoweb.cli`"""

from topoweb.cli import main

main()
