"""The Real-Time Crime Index: months of crime as police departments publish them."""
