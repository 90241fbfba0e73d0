export type { SentinelImport } from './import/imported.ts';
export { parseSentinelConf } from './import/parse-sentinel-conf.ts';
export { type RenderedConfiguration, renderConfiguration } from './import/render-configuration.ts';
export { listenSentinel, type SentinelServer, type SentinelServerOptions } from './sentinel-server.ts';
export { viewOfControlPlane } from './view-of-control-plane.ts';
