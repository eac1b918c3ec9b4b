-- Devices that another, or the proxy itself, had the plain resource name of: theirs carries digits, whoever goes later.
-- The name of every other device follows from its endpoint name alone.
CREATE TABLE distinguished (
  device INTEGER PRIMARY KEY
) STRICT;
