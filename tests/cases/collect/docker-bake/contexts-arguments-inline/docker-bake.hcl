# contexts = { no = "docker-image://notme:1" }
variable "GO" {
  default = "1.22"
}
variable "EMPTY" {}
variable "LIST" { default = ["notme:2"] }

group "default" {
  targets = ["app", "inline"]
}

function "tag" {
  params = [x]
  result = ["registry.example.com/out/app:${x}"]
}

target "app" {
  context    = "services/app"
  dockerfile = "build.Dockerfile"
  contexts = {
    base   = "docker-image://alpine:3.20"
    "tool" = "docker-image://registry.example.com/team/tool:${VERSION}",
    go     = "docker-image://golang:${GO}"
    src    = "./src"
    other  = "target:inline"
    made   = cond ? "docker-image://notme:3" : ""
  }
  args = {
    NODE  = "22"  // of the base
    EMPTY = "${EMPTY}"
  }
  tags       = ["registry.example.com/out/app:latest"]
  cache-from = ["type=registry,ref=registry.example.com/cache:1"]
  platforms  = ["linux/amd64", "linux/arm64"]
  output     = [{ type = "image" }]
}

target "inline" {
  dockerfile-inline = <<EOT
FROM busybox:1.36 AS tools
FROM debian:12
COPY --from=tools /bin/busybox /bin/
COPY --from=nginx:1.25 /etc/nginx /etc/nginx
EOT
}

target "matrix" {
  name   = "m-${v}"
  matrix = { v = ["1", "2"] }
  args   = { for k in [1] : k => k }
}
