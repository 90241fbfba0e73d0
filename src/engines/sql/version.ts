/** Server versions as `VERSION()` prints them: `10.11.19-MariaDB-0+deb12u1-log`, `9.7.4`. */
import type { Version } from '../../core/observation.ts';

export function parseVersion(text: string): Version {
  const [, major = '0', minor = '0', patch = '0'] = /^(?:5\.5\.5-)?(\d+)\.(\d+)(?:\.(\d+))?/.exec(text) ?? [];
  return { text, major: Number(major), minor: Number(minor), patch: Number(patch) };
}

/** At least `major.minor.patch`. */
export function since(version: Version, major: number, minor = 0, patch = 0): boolean {
  if (version.major !== major) return version.major > major;
  if (version.minor !== minor) return version.minor > minor;
  return version.patch >= patch;
}
