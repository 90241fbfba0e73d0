/** The reference page of the configuration file: `docs/reference/configuration.md`, made by scripts/generate-docs.ts. */
import { describeConfiguration, type KeyDescription } from './describe-configuration.ts';

const HEAD = `# The configuration file

<!-- Made from the schema by scripts/generate-docs.ts; edit the descriptions in src/control/configuration. -->

\`dauphin\` reads one YAML file: the one it is told (\`--config\`), else \`dauphin.yaml\` in the working folder, else
none, which is the same as an empty one. Every key that is not marked *required* may be left out.

- Durations are written \`500ms\`, \`2s\`, \`10m\`, \`1.5h\` or \`1d\`; a plain number is milliseconds.
- Relative paths start from the folder of the file.
- \`\${NAME}\` stands for a variable of the environment, in users, passwords and tokens.
- A key that is not listed here is an error, and so is a value that does not fit. All errors are told at once,
  each with its line.

\`\`\`yaml
credentials:
  admin:
    user: dauphin
    password: \${DAUPHIN_PASSWORD}
clusters:
  - name: orders
    engine: mariadb
    seeds: [10.0.0.11]
    routes:
      - name: orders-rw
        socket: /run/haproxy/admin.sock
        backend: orders
        server: primary
        frontend: orders
\`\`\`
`;

export function configurationPage(): string {
  const keys = describeConfiguration();
  const plain = keys.filter(({ group, path }) => !group && !path.includes('.'));
  const sections = keys
    .filter(({ group }) => group)
    .map((group) =>
      section(
        group,
        keys.filter(({ path }) => isDirectlyIn(path, group.path)),
      ),
    );
  return [HEAD, `## At the top\n\n${table(plain, '')}`, ...sections].join('\n').trimEnd().concat('\n');
}

function section(group: KeyDescription, keys: readonly KeyDescription[]): string {
  const required = group.required ? ' *Required.*' : '';
  return `## \`${group.path}\`\n\n${group.meaning}${required}\n\n${table(keys, group.path)}`;
}

function isDirectlyIn(path: string, group: string): boolean {
  return path.startsWith(group) && /^(\[\])?\.[^.]+$/.test(path.slice(group.length));
}

/** As GitHub makes it from a heading. */
const anchor = (heading: string): string => heading.toLowerCase().replaceAll(/[^\w-]/g, '');

function table(keys: readonly KeyDescription[], group: string): string {
  const rows = keys.map((key) => {
    const name = key.path.slice(group.length).replace(/^(\[\])?\./, '');
    const byDefault = key.required ? '*required*' : key.default === undefined ? '' : `\`${key.default}\``;
    const meaning = key.group ? `${key.meaning} See [\`${key.path}\`](#${anchor(key.path)}).` : key.meaning;
    return `| \`${name}\` | ${key.type} | ${byDefault} | ${meaning} |`;
  });
  return ['| key | takes | default | meaning |', '|---|---|---|---|', ...rows, ''].join('\n');
}
