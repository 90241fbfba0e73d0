/** Which data files a server can be started on. */
import type { Version } from '../../core/observation.ts';

/** Data files are those of a series. */
export const sameSeries = (own: Version, theirs: Version): boolean =>
  own.major === theirs.major && own.minor === theirs.minor;

/** For `Restores.copyable`: the rule's answer in words. */
export const copyableWhen =
  (fits: (own: Version, theirs: Version) => boolean) =>
  (own: Version, theirs: Version): string | undefined =>
    fits(own, theirs) ? undefined : `its version is ${own.text}, and ${theirs.text} cannot be copied to it`;
