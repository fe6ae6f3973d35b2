variable "V" { default = "3.20" }
target "a" { contexts = { base = "docker-image://alpine:${V}" } }
target "b" {
  contexts = { base = "docker-image://alpine:${V}" }
}
variable "W" { default = "16" }
target "c" {
  args = { PG = "${W}" }
  dockerfile-inline = "ARG PG\nFROM postgres:$${PG}\n"
  labels = { version = "${W}" }
}
