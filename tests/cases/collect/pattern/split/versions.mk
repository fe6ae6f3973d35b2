DB_NAME = docker.io/library/postgres
DB_VERSION = 16.2

CACHE_NAME = redis
CACHE_VERSION = 7.4@sha256:1111111111111111111111111111111111111111111111111111111111111111

ROGUE_NAME = quay.io/acme/rogue
ROGUE_VERSION = 9.9   # lock:ignore the line of the name is what counts
