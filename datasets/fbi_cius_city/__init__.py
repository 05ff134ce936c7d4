"""Offenses by city as first published: the FBI's *Crime in the U.S.*"""
