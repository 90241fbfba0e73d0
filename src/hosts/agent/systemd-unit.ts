/**
 * A server that systemd runs. It is kept down by an assertion that fails, in a drop-in: a mask would have no effect on a
 * unit that an administrator has written (files in /etc/systemd/system win over those in /run/systemd/system, see
 * systemd.unit(5)), and it gives no reason. It is gone after a reboot, until the agent starts: its own mark is not.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { Fault } from '../../contract/errors.ts';
import type { Call } from '../../core/clock.ts';
import { runTool } from './run-tool.ts';
import type { Supervision } from './supervision.ts';

const text = `# The server is fenced: the Dauphin agent on this host keeps it down until it is ordered otherwise.
[Unit]
AssertPathExists=/fenced-by-dauphin
`;

export function bySystemd(unit: string): Supervision {
  return {
    hold: async (call) => {
      const id = await idOf(unit, call);
      await write(id);
      await systemctl(['daemon-reload'], call);
      await systemctl(['stop', '--no-block', id], call);
    },
    release: async (call) => {
      await rm(fileOf(await idOf(unit, call)), { force: true });
      await systemctl(['daemon-reload'], call);
    },
    canStart: true,
    takesArgs: false,
    start: async (_extraArgs, call) => {
      // It may have died, or been ended, more often than systemd puts up with.
      await systemctl(['reset-failed', unit], call).catch(() => undefined);
      await systemctl(['start', '--no-block', unit], call);
    },
  };
}

/** Drop-ins go by a unit's own name: `mysql.service` may be another name of `mariadb.service`. */
async function idOf(unit: string, call: Call): Promise<string> {
  const id = (await systemctl(['show', '--value', '-p', 'Id', unit], call)).trim();
  return id === '' ? unit : id;
}

const folderOf = (id: string): string => `/run/systemd/system/${id}.d`;
const fileOf = (id: string): string => `${folderOf(id)}/zz-dauphin-fence.conf`;

async function write(id: string): Promise<void> {
  try {
    await mkdir(folderOf(id), { recursive: true, mode: 0o755 });
    await writeFile(fileOf(id), text, { mode: 0o644 });
  } catch (thrown) {
    throw new Fault('config-invalid', `${fileOf(id)}: ${String(thrown)}`, { cause: thrown });
  }
}

const systemctl = (args: readonly string[], call: Call): Promise<string> => runTool('systemctl', args, call);
