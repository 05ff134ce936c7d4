"""Population estimates of the Census Bureau: its bulk files of counties and of cities."""
