export type { VipHost } from './vip-route.ts';
export { vipRoutes } from './vip-routes.ts';
