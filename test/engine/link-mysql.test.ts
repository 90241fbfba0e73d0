import { mysqlUnavailable } from '../kit/mysql.ts';
import { linkConformance } from './link/conformance.ts';

linkConformance({ engine: 'mysql', title: 'MySQL', unavailable: mysqlUnavailable() });
