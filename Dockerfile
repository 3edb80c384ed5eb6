# The binary `dipoli` and nothing to build with. The image writes to /data and /keys alone and so runs on a read-only
# root file system; the root key has a volume of its own, because a copy of /data must not hold it.

FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --package dipoli-server --bin dipoli \
    && install -D target/release/dipoli /out/dipoli

FROM debian:bookworm-slim
# The certificates are for relays; everything else that dipoli needs is inside it.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 dipoli \
    && useradd --system --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin dipoli \
    && install -d -o dipoli -g dipoli -m 0700 /data /keys
COPY --from=build /out/dipoli /usr/local/bin/dipoli
USER 10001:10001
ENV DIPOLI_ROOT_KEY_FILE=/keys/root.key
VOLUME ["/data", "/keys"]
EXPOSE 8080
# Loopback is the container's own: whoever runs it decides what is published. The admin address stays on loopback.
ENTRYPOINT ["dipoli"]
CMD ["serve", "--data", "/data", "--listen", "0.0.0.0:8080"]
