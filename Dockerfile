# Havengate in a container. The haven (configuration, keys, ledger and files) is the volume:
#   docker run --init -v haven:/var/lib/havengate IMAGE init --dir /var/lib/havengate
#   docker run --init -v haven:/var/lib/havengate -p 2022:2022 IMAGE
# `init` lets the doors listen on 127.0.0.1, which is the container itself: change that in havengate.yaml.

FROM node:24.21.0-bookworm-slim AS build
RUN apt-get update \
  && apt-get install -y --no-install-recommends python3 make g++ \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The image has the right Node already, so the one from npm is left out. install, not ci: see scripts/lib/install.sh.
RUN npm install --no-save --omit=dev --ignore-scripts && rm -rf node_modules/node-linux-* node_modules/.bin/node
COPY scripts/lib/build-binding.ts scripts/lib/patch-packages.ts scripts/lib/
COPY scripts/patches scripts/patches
COPY src src
RUN node scripts/lib/patch-packages.ts && node scripts/lib/build-binding.ts

# What takes vite: the pages of the portal, and packages of one file. Only what comes out of this stage is in the image.
FROM node:24.21.0-bookworm-slim AS pages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm install --no-save --ignore-scripts
COPY tsconfig.json ./
COPY scripts/lib/build-portal.ts scripts/lib/join-packages.ts scripts/lib/
RUN node scripts/lib/join-packages.ts
COPY src/portal src/portal
RUN node scripts/lib/build-portal.ts

FROM node:24.21.0-bookworm-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends redis-server \
  && rm -rf /var/lib/apt/lists/* \
  && groupadd --system --gid 10001 havengate \
  && useradd --system --uid 10001 --gid havengate --home-dir /var/lib/havengate --create-home havengate
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=pages /app/build/portal build/portal
COPY --from=pages /app/node_modules/kysely/dist/index.js node_modules/kysely/dist/
COPY --from=pages /app/node_modules/yaml/dist/index.js node_modules/yaml/dist/
COPY package.json LICENSE ./
COPY src src
USER havengate
VOLUME /var/lib/havengate
# SFTP outside and inside, portal outside and inside, operations.
EXPOSE 2022 2122 8080 8180 9090
# As scripts/lib/run.sh has it: the process stays small under many uploads.
ENV MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072
ENTRYPOINT ["node", "--max-semi-space-size=4", "/app/src/app/main.ts"]
CMD ["serve", "--config", "/var/lib/havengate/havengate.yaml"]
