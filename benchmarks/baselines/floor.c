/* The floor: how fast this kernel can build N namespaces on bridges at all, and list what is in them.
 *
 * One process that does nothing but ask: raw netlink, links made with both ends in place, 64 requests in one send, an answer only to the
 * last of them. It makes what `benchmarks.star` describes: `lo` up, an address, both ends up, the bridges up, a name in /run/netns.
 * Then it dumps links, addresses and routes of every namespace, LOOKS times, and looks at nothing of it.
 *
 * usage: floor N BRIDGES [REST [WAY]] (a bridge takes at most 1023 ports; REST: seconds between the two). Run it in a sandbox, with a
 * /run/netns to write to. WAY: `plain`, as anybody would ask; `knowing`, with what apply knows of the kernel: one queue for each end of a
 * veth (veth_init_queues, drivers/net/veth.c), and bridges up last (br_port_state_selection, net/bridge/br_stp.c), and without snooping
 * until they are (br_multicast_enable_port, net/bridge/br_multicast.c).
 * Prints the seconds that building took, and those of the fastest listing. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, PORTS = 1023, LOOKS = 5 };

static char requests[BATCH * 512];
static size_t used;
static struct nlmsghdr *last;
static int knowing;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

/* Begin a request of this type; returns its fixed part, zeroed. */
static void *request(int type, int flags, size_t size) {
    last = (struct nlmsghdr *)(requests + used);
    memset(last, 0, NLMSG_SPACE(size));
    *last = (struct nlmsghdr){.nlmsg_len = NLMSG_SPACE(size), .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | flags};
    used += NLMSG_SPACE(size);
    return NLMSG_DATA(last);
}

/* Append an attribute to the request; returns it, so that `nested` can be told where it began. */
static struct rtattr *attribute(int type, const void *data, size_t size) {
    struct rtattr *attr = (struct rtattr *)(requests + used);
    memset(attr, 0, RTA_SPACE(size));
    attr->rta_type = type;
    attr->rta_len = RTA_LENGTH(size);
    if (size)
        memcpy(RTA_DATA(attr), data, size);
    used += RTA_SPACE(size);
    last->nlmsg_len += RTA_SPACE(size);
    return attr;
}

static void nested(struct rtattr *begin) { begin->rta_len = requests + used - (char *)begin; }

static void name(int type, const char *format, ...) {
    char text[IFNAMSIZ];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    attribute(type, text, strlen(text) + 1);
}

static struct ifinfomsg *change(int index) {
    struct ifinfomsg *link = request(RTM_NEWLINK, 0, sizeof *link);
    link->ifi_index = index;
    return link;
}

static void up(int index) {
    struct ifinfomsg *link = change(index);
    link->ifi_flags = link->ifi_change = IFF_UP;
}

/* Of the bridge that the request is about. */
static void snooping(char on) {
    struct rtattr *info = attribute(IFLA_LINKINFO, NULL, 0);
    name(IFLA_INFO_KIND, "bridge");
    struct rtattr *data = attribute(IFLA_INFO_DATA, NULL, 0);
    attribute(IFLA_BR_MCAST_SNOOPING, &on, sizeof on);
    nested(data);
    nested(info);
}

/* Send what was collected. The kernel answers where something fails, and the last request in any case. */
static void flush(int sock) {
    char answer[8192];
    last->nlmsg_flags |= NLM_F_ACK;
    if (send(sock, requests, used, 0) < 0)
        die("send");
    if (recv(sock, answer, sizeof answer, 0) < 0)
        die("recv");
    struct nlmsgerr *error = NLMSG_DATA((struct nlmsghdr *)answer);
    if (error->error) {
        errno = -error->error;
        die("rtnetlink");
    }
    used = 0;
}

static int rtnetlink(void) {
    int sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (sock < 0)
        die("socket");
    return sock;
}

/* A namespace with `lo` up and a name; this process is in it afterwards. */
static void make_namespace(int i, int *fd, int *sock) {
    char path[64];
    snprintf(path, sizeof path, "/run/netns/ns%d", i);
    if (unshare(CLONE_NEWNET))
        die("unshare");
    close(open(path, O_CREAT | O_EXCL | O_CLOEXEC, 0));
    if (mount("/proc/thread-self/ns/net", path, "none", MS_BIND, NULL))
        die("mount");
    *fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    *sock = rtnetlink();
    up(1);
    flush(*sock);
}

static int make_bridge(int k, int sock) {
    char text[IFNAMSIZ];
    struct ifinfomsg *link = request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof *link);
    if (!knowing)
        link->ifi_flags = link->ifi_change = IFF_UP;
    name(IFLA_IFNAME, "br%d", k);
    struct rtattr *info = attribute(IFLA_LINKINFO, NULL, 0);
    name(IFLA_INFO_KIND, "bridge");
    nested(info);
    flush(sock);
    snprintf(text, sizeof text, "br%d", k);
    return if_nametoindex(text);
}

static void one_queue(void) {
    int one = 1;
    attribute(IFLA_NUM_TX_QUEUES, &one, sizeof one);
    attribute(IFLA_NUM_RX_QUEUES, &one, sizeof one);
}

/* A veth pair: one end on the bridge and up, the other in its namespace. */
static void add_veth(int i, int bridge, int netns) {
    struct ifinfomsg *link = request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof *link), far = {0};
    link->ifi_flags = link->ifi_change = IFF_UP;
    name(IFLA_IFNAME, "veth-ns%d-br", i);
    attribute(IFLA_MASTER, &bridge, sizeof bridge);
    if (knowing)
        one_queue();
    struct rtattr *info = attribute(IFLA_LINKINFO, NULL, 0);
    name(IFLA_INFO_KIND, "veth");
    struct rtattr *data = attribute(IFLA_INFO_DATA, NULL, 0);
    struct rtattr *peer = attribute(VETH_INFO_PEER, &far, sizeof far);
    name(IFLA_IFNAME, "veth-ns%d", i);
    attribute(IFLA_NET_NS_FD, &netns, sizeof netns);
    if (knowing)
        one_queue();
    nested(peer);
    nested(data);
    nested(info);
}

/* The first link of a namespace after `lo` is 2: a floor may assume it. */
static void address_and_up(int i, int sock) {
    struct in_addr ip = {htonl((10u << 24) | (i << 8) | 1)};
    struct ifaddrmsg *address = request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof *address);
    *address = (struct ifaddrmsg){.ifa_family = AF_INET, .ifa_prefixlen = 8, .ifa_index = 2};
    attribute(IFA_LOCAL, &ip, sizeof ip);
    attribute(IFA_ADDRESS, &ip, sizeof ip);
    up(2);
    flush(sock);
}

static void build(int n, int bridges, int *fds, int *socks) {
    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), sock = socks[n], made[bridges], k = 0, ports = (n + bridges - 1) / bridges;
    for (int i = 0; i < n; i++)
        make_namespace(i, &fds[i], &socks[i]);
    if (setns(home, CLONE_NEWNET))
        die("setns");
    for (int i = 0; i < n; i++) {
        if (i % ports == 0) {
            if (used)
                flush(sock);
            made[k++] = make_bridge(i / ports, sock);
        }
        add_veth(i, made[k - 1], fds[i]);
        if (i % BATCH == BATCH - 1 || i == n - 1)
            flush(sock);
    }
    for (int i = 0; i < n; i++)
        address_and_up(i, socks[i]);
    while (knowing && k--) {
        up(made[k]);
        snooping(0);
        change(made[k]);
        snooping(1);
        flush(sock);
    }
}

/* Ask for all of a type, and take the answers up to the last. */
static void dump(int type, size_t size, int sock) {
    static char answer[1 << 16];
    request(type, NLM_F_DUMP, size);
    if (send(sock, requests, used, 0) < 0)
        die("send");
    used = 0;
    for (;;) {
        int length = recv(sock, answer, sizeof answer, 0);
        if (length < 0)
            die("recv");
        for (struct nlmsghdr *part = (struct nlmsghdr *)answer; NLMSG_OK(part, (unsigned)length); part = NLMSG_NEXT(part, length))
            if (part->nlmsg_type == NLMSG_DONE || part->nlmsg_type == NLMSG_ERROR)
                return;
    }
}

/* What is in all namespaces; returns the seconds that it took. */
static double list(int n, const int *socks) {
    double begin = now();
    for (int i = 0; i <= n; i++) {
        dump(RTM_GETLINK, sizeof(struct ifinfomsg), socks[i]);
        dump(RTM_GETADDR, sizeof(struct ifaddrmsg), socks[i]);
        dump(RTM_GETROUTE, sizeof(struct rtmsg), socks[i]);
    }
    return now() - begin;
}

int main(int argc, char **argv) {
    int n = argc > 2 ? atoi(argv[1]) : 0, bridges = argc > 2 ? atoi(argv[2]) : 0, rest = argc > 3 ? atoi(argv[3]) : 0;
    knowing = argc > 4 && !strcmp(argv[4], "knowing");
    if (n < 1 || bridges < 1 || n > bridges * PORTS) {
        fprintf(stderr, "usage: floor N BRIDGES [REST [WAY]], at most %d namespaces for each bridge\n", PORTS);
        return 2;
    }
    int *fds = calloc(n, sizeof *fds), *socks = calloc(n + 1, sizeof *socks);
    socks[n] = rtnetlink(); /* of the host that the bridges are in */
    double begin = now();
    build(n, bridges, fds, socks);
    double built = now();
    sleep(rest);
    double fastest = list(n, socks);
    for (int look = 1; look < LOOKS; look++) {
        double took = list(n, socks);
        fastest = took < fastest ? took : fastest;
    }
    printf("%.6f %.6f\n", built - begin, fastest);
    return 0;
}
