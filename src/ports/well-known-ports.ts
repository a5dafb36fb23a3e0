/**
 * Ports that a browser opens no connection to, so that a web server on one is out of its reach.
 * Source: "bad port" in the Fetch standard, https://fetch.spec.whatwg.org/#bad-port
 */
export const browserRefused = `
  1 7 9 11 13 15 17 19-23 25 37 42-43 53 69 77 79 87 95 101-104 109-111 113 115 117 119 123 135 137 139
  143 161 179 389 427 465 512-515 526 530-532 540 548 554 556 563 587 601 636 989-990 993 995 1719-1720
  1723 2049 3659 4045 4190 5060-5061 6000 6566 6665-6669 6679 6697 10080
`;

/**
 * Where `range: auto` looks, best first, and which ports there are to avoid, since browsers refuse them, or widely
 * used servers and tools bind them unless told otherwise: a later step may start one, and find its port gone.
 *
 * 20000-29999 is outside the default ephemeral range of all three systems. Below 10080 most numbers are some
 * server's, and 30000-32767 are Kubernetes NodePorts. Numbers below 1024 are for privileged processes: `auto` has
 * none of them, but a range of the user's can, so that those to avoid are named here too.
 */
export const autoRanges: readonly { readonly ports: string; readonly avoid: string }[] = [
  {
    ports: '20000-29999',
    avoid: `
      20000 20048 20880 21027 22000 24007-24008 24224 24231 24678 24800 25565 25575 25672 25826 26000 26257
      26379 26656-26658 27015 27017-27020 27042 27960 28015 28017 28080 29015 29092 29418
    `,
  },
  {
    ports: '10081-19999 32768-65535',
    avoid: `
      10248-10259 11211 11434 15432 15672 16379 16686 18080 19000-19001 19092 19132 33060 35357 37017 50000
      50051 61613-61614 61616 64738
    `,
  },
  {
    ports: '1024-10080 30000-32767',
    avoid: `
      ${browserRefused}
      67-68 80 88 443 445 500 514 520 631 853 873
      1080 1433-1434 1521 1883 2181 2375-2380 3000-3009 3128 3306 3389 4000 4200 4222 4317-4318 4369 4444
      5000-5005 5173-5174 5353 5432-5433 5601 5671-5672 5900-5901 5984 6379-6380 6443 7000-7001 7474 7687
      8000-8010 8080-8091 8200 8443 8500 8888 9000-9010 9042 9080 9090-9100 9200 9229 9300 9418 9443 9999 30000
    `,
  },
];
