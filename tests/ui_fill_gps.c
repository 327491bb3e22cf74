/* SPDX-License-Identifier: MIT */
/* F3 on a question for a point: a gpsd of our own that says what the test
 * wants when the test wants it, and the screen of each moment, cell by cell. */
#include <netinet/in.h>
#include <sys/socket.h>
#include "tests/ui_fill_form.h"
#include "tests/ui_terminal.h"

static int listener, client = -1;

static void start_gpsd(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) ||
        listen(listener, 1) ||
        getsockname(listener, (struct sockaddr *)&address, &size))
        bail("no socket");
    terminal_gpsd_port = ntohs(address.sin_port);
}

/* What gpsd says. */
static void say(const char *report)
{
    if (send(client, report, strlen(report), MSG_NOSIGNAL) < 0)
        bail("nobody listens to our gpsd");
}

#define TPV(latitude, longitude, accuracy)                                     \
    "{\"class\":\"TPV\",\"mode\":3,\"lat\":" latitude ",\"lon\":" longitude    \
    ",\"altHAE\":560.5,\"eph\":" accuracy "}\n"

/* KEYS without waiting for the program to be through with them. */
static void send_key(terminal *term, const char *keys)
{
    if (write(term->fd, keys, strlen(keys)) < 0)
        bail("the program is gone");
}

/* F3 was pressed: the program asks. */
static void answer_call(void)
{
    char bytes[256];
    client = accept(listener, NULL, NULL);
    if (client < 0 || recv(client, bytes, sizeof bytes, 0) <= 0)
        bail("nobody asked our gpsd");
    say("{\"class\":\"VERSION\",\"release\":\"3.22\"}\r\n");
}

static void hang_up(void)
{
    close(client);
    client = -1;
}

/* Seconds depend on the machine: they are shown as N. */
static char *steady(terminal *term)
{
    char *shown = screen_text(term), *at = shown;
    while ((at = strstr(at, " s;"))) {
        char *digits = at;
        while (digits > shown && digits[-1] >= '0' && digits[-1] <= '9')
            digits--;
        *digits++ = 'N';
        memmove(digits, at, strlen(at) + 1);
        at = digits + 3;
    }
    return shown;
}

/* What the program writes next reaches the screen; 0: it is quiet for long. */
static int take_more(terminal *term)
{
    char bytes[4096];
    struct pollfd ready = {.fd = term->fd, .events = POLLIN};
    size_t count = term->unread.length;
    if (count) {
        vterm_input_write(term->vt, (char *)term->unread.data, count);
        term->unread.length = 0;
        return 1;
    }
    if (poll(&ready, 1, 30000) <= 0)
        return 0;
    count = take_bytes(term, bytes, sizeof bytes);
    vterm_input_write(term->vt, bytes, count);
    return 1;
}

/* The whole screen becomes that: the two lines of the answer, and the message.
 * While the program waits for gpsd it writes no mark. */
static void becomes(terminal *term, const char *answer, const char *below,
                    const char *message, const char *what)
{
    char wanted[2048], *shown = steady(term);
    int left = 40; /* idle, it writes a mark every 5 s for ever */
    snprintf(wanted, sizeof wanted,
             " a › Forms › Toutes les questions                              "
             "        to send 1\n"
             " Toutes les questions                                          "
             "           13/24\n\n Position\n\n%s\n%s\n"
             "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n%s\n"
             " Enter next F3 GPS F5 places F4 outline F9 language F2 end "
             "Esc back F1 help\n",
             answer, below, message);
    while (strcmp(shown, wanted) != 0 && left-- > 0 && take_more(term)) {
        free(shown);
        shown = steady(term);
    }
    is_str(shown, wanted, "%s", what);
    free(shown);
}

#define HOW "   a point: 34.92 -2.32; F3 from the GPS, F5 from the places"

/* A new record, on the question for a point. */
static void begin(terminal *term)
{
    start(term, "app", 0);
    read_until(term, MARK);
    press(term, "F");
    press(term, "\r");
    press(term, "\007place\r");
    becomes(term, "", HOW, "", "the question");
}

static void leave(terminal *term)
{
    kill(term->child, SIGTERM);
    finish(term);
    buffer_free(&term->all);
}

int main(void)
{
    terminal term;
    ui_set_up();
    terminal_language = "fr";
    territory *t = ui_territory(ui_path("a"), 3);
    ui_record(t, "three households");
    put_form(t, "ui_fill.md", "kinds", "Toutes les questions");
    territory_close(t);
    start_gpsd();
    begin(&term);

    send_key(&term, "\033OR");
    answer_call();
    becomes(&term, "", HOW, " GPS: no fix yet, N s; Esc stops",
            "waiting for a first fix");
    say(TPV("34.92", "-2.32", "40"));
    becomes(&term, "", HOW, " GPS: ±40 m, N s; Esc stops",
            "a fix that may become better");
    send_key(&term, "\033");
    becomes(&term, "", HOW, " ! stopped", "cancelled: no answer");
    hang_up();

    send_key(&term, "\033OR");
    answer_call();
    say(TPV("34.92", "-2.32", "3.5"));
    becomes(&term, "   34.92 -2.32 560.5 3.5", "   34,92 N, 2,32 O (±4 m)", "",
            "a good fix");
    hang_up();

    send_key(&term, "\033OR");
    answer_call();
    say(TPV("34.5", "-2.5", "150"));
    hang_up();
    becomes(&term, "   34.5 -2.5 560.5 150.0", "   34,5 N, 2,5 O (±150 m)",
            " ! Only ±150 m: F3 tries again where it sees more sky",
            "the best that came is taken, with a warning");
    leave(&term);
    close(listener);

    terminal_gpsd_port = 1;
    begin(&term);
    send_key(&term, "\033OR");
    becomes(&term, "", HOW, " ! no gpsd answers at localhost, port 1",
            "no gpsd there");
    leave(&term);
    return done_testing();
}
