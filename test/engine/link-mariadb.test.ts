import { linkConformance } from './link/conformance.ts';

linkConformance({ engine: 'mariadb', title: 'MariaDB' });
