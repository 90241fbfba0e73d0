export { haproxyRoute } from './haproxy-route.ts';
