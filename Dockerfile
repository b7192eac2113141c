# One image for every form: ORDERSAGA_SERVICES (or --services) says what a container runs.
#
# A site without the internet gives its own bases: any image with glibc, Node 22.12 or newer, and npm to build with.
# RUNTIME_IMAGE needs no npm.
ARG BASE_IMAGE=node:24.21.0-bookworm-slim
ARG RUNTIME_IMAGE=${BASE_IMAGE}

FROM ${BASE_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
COPY tools tools
RUN npm ci
COPY . .
RUN npm run build && node scripts/assemble.js /app

FROM ${RUNTIME_IMAGE}
LABEL org.opencontainers.image.title="ordersaga" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.description="An order either completes everywhere or is undone everywhere, and you can prove it."
COPY --from=build /app /app
COPY deploy/healthcheck.js /app/healthcheck.js
# Numeric, so that Kubernetes can see that it is not root. A named volume takes over the owner of the directory.
RUN mkdir /data && chown 10001:10001 /data && ln -s /app/bin/ordersaga.js /usr/local/bin/ordersaga
USER 10001:10001
ENV NODE_ENV=production \
    ORDERSAGA_HOST=0.0.0.0 \
    ORDERSAGA_INSECURE=true \
    ORDERSAGA_METRICS_PORT=9464 \
    ORDERSAGA_LOG_FORMAT=json \
    ORDERSAGA_DATA_DIR=/data
VOLUME /data
EXPOSE 8080 9464 50051 50052 50053 50054
HEALTHCHECK --interval=15s --timeout=10s --start-period=30s --retries=3 CMD ["node", "/app/healthcheck.js"]
ENTRYPOINT ["node", "/app/bin/ordersaga.js"]
CMD ["start"]
