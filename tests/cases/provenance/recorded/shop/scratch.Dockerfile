FROM scratch
COPY main.go /main.go
