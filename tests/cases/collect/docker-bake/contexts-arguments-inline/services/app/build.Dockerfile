ARG NODE=20
FROM node:${NODE} AS build
FROM base
FROM ubuntu:24.04
