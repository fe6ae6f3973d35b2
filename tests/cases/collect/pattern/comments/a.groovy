image("nginx:1") /* lock:ignore one */
/// lock:ignore two
image("nginx:2")
