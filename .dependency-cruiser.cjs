/**
 * Which room of src/ may import which (design, section 3). A room not named in its own row is closed to it.
 * pipeline.ts, updater.ts and cli/ are the top: they may import every room, and no room imports them.
 */
const FROM_ANYWHERE_BELOW = ['model', 'errors', 'files'];
const ROOMS = {
  model: [],
  errors: ['model'],
  files: [],
  inventory: FROM_ANYWHERE_BELOW,
  playbook: FROM_ANYWHERE_BELOW,
  ssh: FROM_ANYWHERE_BELOW,
  script: FROM_ANYWHERE_BELOW,
  survey: ['playbook', 'ssh', 'script', ...FROM_ANYWHERE_BELOW],
  plan: ['playbook', ...FROM_ANYWHERE_BELOW],
  verify: ['playbook', 'ssh', 'script', ...FROM_ANYWHERE_BELOW],
  // A decision over what both ends show; it asks, and changes nothing.
  diagnose: ['playbook', 'plan', 'verify', ...FROM_ANYWHERE_BELOW],
  // The stages of a pair stand here (docs/decisions/0003), verify among them: nothing of verify/ needs apply/.
  apply: ['inventory', 'playbook', 'plan', 'survey', 'verify', 'ssh', 'script', ...FROM_ANYWHERE_BELOW],
  address: ['inventory', 'script', ...FROM_ANYWHERE_BELOW],
  // Keys and fingerprints are read as ssh/ reads them; nothing is dialled.
  offer: ['inventory', 'ssh', ...FROM_ANYWHERE_BELOW],
  import: ['inventory', 'ssh', ...FROM_ANYWHERE_BELOW],
  report: FROM_ANYWHERE_BELOW,
  twin: ['script', ...FROM_ANYWHERE_BELOW],
};

const rooms = Object.entries(ROOMS).map(([room, may]) => ({
  name: `${room}-imports-only-its-row`,
  comment: may.length === 0 ? `${room}/ imports nothing` : `${room}/ may import only ${may.join(', ')}`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: { path: '^src/', pathNot: [room, ...may].map((name) => `^src/${name}/`) },
}));

module.exports = {
  forbidden: [
    ...rooms,
    { name: 'no-cycles', comment: 'files that need each other are one file', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'pipeline-is-below-cli',
      comment: 'the order of the stages knows nothing of the command line',
      severity: 'error',
      from: { path: '^src/(pipeline|updater)' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'only-known-rooms',
      comment: 'a new folder of src/ gets its row in .dependency-cruiser.cjs first',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/(${Object.keys(ROOMS).join('|')}|cli)/|^src/pipeline|^src/updater` },
      to: {},
    },
    {
      name: 'plan-is-pure',
      comment: 'same input, same plan: no files, processes, network or clock',
      severity: 'error',
      from: { path: '^src/plan/' },
      to: { dependencyTypes: ['core'] },
    },
    { name: 'resolvable', comment: 'an import that leads nowhere', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-development-packages',
      comment: 'what src/ needs belongs in dependencies',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
};
