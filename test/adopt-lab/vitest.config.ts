import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['test/adopt-lab/**/*.test.ts'], reporters: ['verbose'], maxWorkers: 1 },
});
