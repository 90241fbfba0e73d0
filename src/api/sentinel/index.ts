export { parseSentinelConf } from './import/parse-sentinel-conf.ts';
export { renderConfiguration } from './import/render-configuration.ts';
export { listenSentinel, type SentinelServer } from './sentinel-server.ts';
export { viewOfControlPlane } from './view-of-control-plane.ts';
