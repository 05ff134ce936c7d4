"""Homicides in fifty large cities 2007-2017, collected by The Washington Post."""
