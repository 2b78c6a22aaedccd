"""Status on its way from the workers to the pages: coalesced, bounded, and only to those who watch."""
