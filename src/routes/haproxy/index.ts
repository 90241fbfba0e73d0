export { haproxyRoute } from './haproxy-route.ts';
export { haproxyRoutes } from './haproxy-routes.ts';
