target "app" {
  context    = "app"
  dockerfile = "recipe.txt"
}
target "base" {
  dockerfile = "base.txt"
  contexts   = { tools = "docker-image://busybox:1.36" }
  args       = { V = "12" }
}
