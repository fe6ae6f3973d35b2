#!/bin/sh
IMAGE_DB=postgres:16.2
IMAGE_CACHE="docker.io/library/redis:7.4@sha256:1111111111111111111111111111111111111111111111111111111111111111"
IMAGE_QUOTED='quay.io/acme/tool' # what it is for
IMAGE_OWN=${REGISTRY}/app:$TAG
IMAGE_SKIPPED=nginx:1.27 # lock:ignore only on this machine
# lock:ignore
IMAGE_NO_REASON=alpine:3.20
OTHER=busybox:1.36
IMAGE_URL=https://example.com/x
