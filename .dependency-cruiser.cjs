/** The house: a file imports from its own folder and from the floors below it. See docs and DESIGN. */

/** Top to bottom. */
const FLOORS = [
  'cli',
  'api',
  'control',
  'engines',
  'routes',
  'hosts',
  'peers',
  'stores',
  'simulator',
  'contract',
  'core',
];

/** Narrower than "everything below": what these floors use beyond it is given to them by main.ts. */
const ONLY = {
  cli: ['contract', 'core'],
  api: ['control', 'contract', 'core'],
  control: ['contract', 'core'],
};

const upwards = FLOORS.map((floor, at) => ({
  name: `${floor}-never-upwards`,
  severity: 'error',
  comment: `src/${floor} must not import a floor above it.`,
  from: { path: `^src/${floor}/` },
  to: { path: ['^src/[^/]+\\.ts$', ...FLOORS.slice(0, at).map((above) => `^src/${above}/`)] },
}));

const narrow = Object.entries(ONLY).map(([floor, allowed]) => ({
  name: `${floor}-only-${allowed.join('-')}`,
  severity: 'error',
  comment: `src/${floor} knows only ${allowed.join(', ')}; the rest is wired by main.ts.`,
  // A test may wire what main.ts wires.
  from: { path: `^src/${floor}/`, pathNot: '\\.test\\.ts$' },
  to: { path: '^src/', pathNot: [floor, ...allowed].map((name) => `^src/${name}/`) },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...upwards,
    ...narrow,
    {
      name: 'only-known-floors',
      severity: 'error',
      comment: 'A new floor is a decision: name it in FLOORS.',
      from: {},
      to: { path: '^src/[^/]+/', pathNot: FLOORS.map((floor) => `^src/${floor}/`) },
    },
    {
      name: 'no-engine-knows-another',
      severity: 'error',
      comment: 'What several engines share lies in a folder that says so.',
      from: { path: '^src/engines/([^/]+)/', pathNot: '^src/engines/redis-cluster/' },
      to: { path: '^src/engines/', pathNot: ['^src/engines/$1/', '^src/engines/(sql|resp|wire)/'] },
    },
    {
      name: 'redis-cluster-is-made-of-redis',
      severity: 'error',
      comment: 'Each of its nodes is a Redis server besides.',
      from: { path: '^src/engines/redis-cluster/' },
      to: { path: '^src/engines/', pathNot: '^src/engines/(redis-cluster|redis|resp|wire)/' },
    },
    {
      name: 'core-is-pure',
      severity: 'error',
      comment: 'core does no I/O and uses no package: no time, no network, no files, no randomness.',
      from: { path: '^src/core/', pathNot: '\\.test\\.ts$' },
      to: { pathNot: '^src/core/' },
    },
    {
      name: 'src-stands-alone',
      severity: 'error',
      comment: 'What ships imports nothing of its tests, demo and measurements.',
      from: { path: '^src/' },
      to: { path: '^(test|bench|demo|scripts)/' },
    },
    {
      name: 'no-dev-package-in-src',
      severity: 'error',
      comment: 'What ships needs only `dependencies`.',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm-dev'], pathNot: '^node_modules/@types/' },
    },
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-undeclared-package',
      severity: 'error',
      from: { path: '^(src|test|bench|demo|scripts)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|\\.cache|\\.dauphin)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    builtInModules: { add: ['node:sqlite'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
