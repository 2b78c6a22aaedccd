import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

// `TOPOWEB=http://127.0.0.1:8000 npm run dev` serves the sources in front of a running server.
const server = process.env.TOPOWEB ?? 'http://127.0.0.1:8000';
// The server takes requests from its own pages only; here Vite stands in for them.
const behind = { target: server, changeOrigin: true, rewriteWsOrigin: true, headers: { origin: server } };

export default defineConfig(({ command }) => ({
  plugins: [react()],
  // Django serves what is built below its STATIC_URL.
  base: command === 'build' ? '/static/dist/' : '/',
  resolve: { alias: { '@': path('./src') } },
  build: {
    outDir: path('../static/dist'),
    emptyOutDir: true,
    manifest: true,
    rollupOptions: { input: 'src/main.tsx' },
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/api': behind,
      '/accounts': behind,
      '/admin': behind,
      '/static': behind,
      '/ws': { ...behind, ws: true },
    },
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/test/setup.ts'],
  },
}));
