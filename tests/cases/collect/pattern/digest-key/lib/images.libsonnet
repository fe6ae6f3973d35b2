{
  // lock:ignore not ours
  sample: { image: 'nginx:1.27', digest: '' },
  db: {
    image: 'postgres:16.2',
    digest: '',
  },
  cache: { image: 'redis:7.4', digest: 'sha256:1111111111111111111111111111111111111111111111111111111111111111' },
  web: { image: 'ghcr.io/acme/web:2', digest: '' }, // lock:ignore built by the next job
}
