"""The command line of the suite. Standard library only: it runs before anything is installed."""
