-- Under which other names the figures of a place can stand: the agency that polices it, the city that an agency polices.
CREATE OR REPLACE TEMP TABLE also_known AS
SELECT place, place AS also FROM core.place
UNION
SELECT place, stands_in FROM core.place_fit
UNION
SELECT stands_in, place FROM core.place_fit
UNION
SELECT a.stands_in, b.stands_in FROM core.place_fit AS a JOIN core.place_fit AS b USING (place);
