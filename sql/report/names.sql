-- The name for people of every id that a verdict can carry.
SELECT 'dataset' AS kind, dataset AS id, title AS name FROM meta.dataset
UNION ALL
SELECT 'place', place, name FROM core.place
UNION ALL
SELECT 'place', peer_group, title FROM core.peer_group_list
UNION ALL
SELECT 'measure', measure, title FROM core.measure
UNION ALL
SELECT 'definition', definition, title FROM core.definition;
