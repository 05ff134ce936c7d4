"""What is asserted: about the data (``validation``) and by speakers (``claims``)."""
