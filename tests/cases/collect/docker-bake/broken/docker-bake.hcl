target "app" {
  contexts = { base = "docker-image://alpine:3.20" }
