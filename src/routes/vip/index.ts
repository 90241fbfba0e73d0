export { type VipHost, vipRoute } from './vip-route.ts';
