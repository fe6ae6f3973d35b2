target "a" {
  contexts = {
    one = "docker-image://nginx:1" // lock:ignore one
    // lock:ignore two
    two = "docker-image://nginx:2"
    # lock:ignore three
    three = "docker-image://nginx:3"
    four = "docker-image://nginx:4" /* lock:ignore four */
    five = "docker-image://nginx:5" // lock:ignore
  }
}
