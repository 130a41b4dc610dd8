import { defineConfig } from "vite";

// The API is at the origin of the page, as on AWS: the development server forwards these paths.
const server = process.env.SERVER ?? "http://localhost:8080";

export default defineConfig({
  server: {
    proxy: {
      "/api": server,
      "/demo": server,
      "/ws": { target: server, ws: true },
    },
  },
});
