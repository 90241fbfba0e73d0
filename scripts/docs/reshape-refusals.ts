/** Why the shape of a Redis Cluster is not changed: the rows of docs/reference/refusals.md. */

export const reshapes = [
  {
    code: 'not-sharded',
    holds: 'the cluster has several primaries',
    because: 'Only then has it slots that could go from one to another.',
  },
  {
    code: 'nothing-to-change',
    holds: 'something would be done',
    because: 'What is asked for is so already; the fact says how it is.',
  },
  {
    code: 'node-unreachable',
    holds: 'all primaries that have slots answer; of a removal and of a timeout, all nodes',
    because: 'One that hears of it later would bring back what it knows.',
  },
  {
    code: 'slots-open',
    holds: 'no slot is on its way',
    because: 'What was left half way is finished first: `dauphin fix`.',
  },
  {
    code: 'slots-uncovered',
    holds: 'every slot belongs to somebody',
    because: 'Who has its keys is found out first: `dauphin fix`.',
  },
  {
    code: 'views-disagree',
    holds: 'the nodes agree on who owns which slots, and who is a primary',
    because: 'A plan made from what some say would undo what others know.',
  },
  {
    code: 'no-primary',
    holds: 'a primary answers',
    because: 'Somebody has to give, to take, or to be met.',
  },
  {
    code: 'unknown-node',
    holds: 'the node is in the cluster; one that is added was asked',
    because: 'Nothing is done to a node that nobody knows.',
  },
  {
    code: 'not-a-primary',
    holds: 'who gives, takes, has a weight or gets a replica is a primary',
    because: 'A replica owns no slot.',
  },
  {
    code: 'too-few-slots',
    holds: 'those who give have that many slots',
    because: 'More than there is cannot be given.',
  },
  {
    code: 'weight-invalid',
    holds: 'every weight is 0 or more, and one of them is more',
    because: 'Somebody has to keep the slots.',
  },
  {
    code: 'has-slots',
    holds: 'a node that is removed has no slots, or is drained',
    because: 'Its keys would go with it.',
  },
  {
    code: 'last-primary',
    holds: 'another primary has slots, too',
    because: 'There is nobody to give them to.',
  },
  {
    code: 'node-in-use',
    holds: 'a node that is added is empty, in no cluster, and has an id of its own',
    because: 'What it has would be mixed with what the cluster has, or two clusters become one.',
  },
  {
    code: 'node-not-a-cluster',
    holds: 'it was started with `cluster-enabled yes`',
    because: 'That cannot be changed while it runs.',
  },
  {
    code: 'too-few-nodes',
    holds: 'a new cluster has three primaries',
    because: 'With fewer, no majority is left when one dies.',
  },
  {
    code: 'timeout-invalid',
    holds: 'a node timeout is 100 ms or more',
    because: 'With less, every pause of a server would be taken for its death.',
  },
] as const;
