/* The app's screen: what there is to do, one hold at a time, and the wearer's hand.

   Rule: decides nothing of a session; it draws what wearsync.lib.js says, only what has changed, and once a
   second at most. In a hold only a double press of the button does anything: a bent wrist presses it once, or
   long, and a knock does not press it at all. */
{
  const watch = require("wearsync.lib.js");

  const DOUBLE_PRESS_S = 0.6; /* from one press to the next */
  const SHORT_PRESS_S = 0.4; /* a wrist that bends holds the button longer */
  const TITLE_HEIGHT = 32, SIZE = 176;
  const SIDES = ["LEFT", "RIGHT"];
  const HOLD_COLOUR = "#0f0", GAP_COLOUR = g.theme.dark ? "#ff0" : "#00f"; /* seen on either background */
  const ABOUT = "A stretch may pull, it must not hurt. Two quick presses of the button stop a hold at once.\n" +
    "Hold on to something firm. Ask your doctor first if you are unsure.";

  const options = Bangle.getOptions();
  let page = "main"; /* of the menu: main, pair, about, session */
  let drawn = {}; /* what stands in each part of the screen */
  let face, items, countdown, single, isKeptAwake = false, wasPairing = false;
  let pressed, wentDown; /* when the button was pressed last, if that may become a double press */

  /* Draw a part of the screen if it is not there already. */
  const part = (name, content, y, height, paint) => {
    if (drawn[name] === content) return;
    drawn[name] = content;
    g.reset().clearRect(0, y, SIZE - 1, y + height - 1);
    paint(y, height);
  };

  const words = (name, text, y, height, font) => part(name, text, y, height, () => {
    g.setColor(g.theme.fg).setFont("Vector", font).setFontAlign(0, 0);
    const lines = g.wrapString(text, SIZE - 8);
    lines.forEach((line, i) => g.drawString(line, SIZE / 2, y + height / 2 + (i - (lines.length - 1) / 2) * font));
  });

  /* A title, and bands to touch: [words, what they do]. */
  const menu = (title, bands) => {
    const height = Math.floor((SIZE - TITLE_HEIGHT) / bands.length);
    items = bands;
    words("title", title, 0, TITLE_HEIGHT, 20);
    part("menu", bands.map(band => band[0]).join("|"), TITLE_HEIGHT, SIZE - TITLE_HEIGHT, () =>
      bands.forEach((band, i) => {
        const y = TITLE_HEIGHT + i * height;
        g.setColor(g.theme.bg2).fillRect(2, y + 2, SIZE - 3, y + height - 3);
        g.setColor(g.theme.fg2).setFont("Vector", 22).setFontAlign(0, 0)
          .drawString(band[0], SIZE / 2, y + height / 2);
      }));
  };

  const press = what => () => watch.press(what);
  const go = where => () => {
    page = where;
    draw();
  };

  const DRAW_MENU = {
    main: v => menu(v.isFull ? "Storage full" : "wearsync", [
      ["Start", press("start")], ["In 10 min", press("snooze")], ["Pair", go("pair")], ["About", go("about")]
    ]),
    pair: v => {
      if (v.pairing) {
        items = [];
        words("title", "Type on the host:", 0, TITLE_HEIGHT, 18);
        words("code", v.code, TITLE_HEIGHT, SIZE - TITLE_HEIGHT, 44);
      } else if (v.isClosed) menu("Wait a minute", [["Back", go("main")]]);
      else menu("Pair a host?", [["Yes", press("pair")], ["Back", go("main")]]);
    },
    about: () => {
      items = [["", go("main")]];
      words("about", ABOUT, 0, SIZE, 16);
    },
    session: () => menu("Session", [
      ["Pause", press("pause")], ["Skip", press("skip")], ["Back", press("back")], ["Extra", press("extra")]
    ])
  };

  /* How much of the ring is left, of 1. */
  const ring = (left, colour, label) => part("ring", label, 40, 92, () => {
    const x = SIZE / 2, y = 86, points = [x, y];
    for (let i = 0; i <= 32; i++) {
      const angle = left * i / 32 * 2 * Math.PI;
      points.push(x + 45 * Math.sin(angle), y - 45 * Math.cos(angle));
    }
    g.setColor(colour).fillPoly(points);
    g.setColor(g.theme.bg).fillCircle(x, y, 35);
    g.setColor(g.theme.fg).setFont("Vector", 34).setFontAlign(0, 0).drawString(label, x, y);
  });

  /* The fonts have what Latin-1 has; a prompt comes as UTF-8. */
  const latin = text => {
    let s = "";
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i), next = text.charCodeAt(i + 1);
      if (c < 0x80) s += text[i];
      else if (c >= 0xc0) s += c < 0xc4 ? String.fromCharCode((c & 3) << 6 | next & 63) : "?";
    }
    return s;
  };

  const place = v => {
    const round = v.round + (v.rounds ? "/" + v.rounds : "");
    const seconds = v.endsAt === null ? v.planned : Math.max(0, Math.ceil((v.endsAt - v.tick) / 1000));
    const whole = v.endsAt === null ? 1 : Math.max(1, v.endsAt - v.since);
    const left = v.endsAt === null ? 1 : Math.max(0.02, Math.min(1, (v.endsAt - v.tick) / whole));
    words("title", SIDES[v.side] + "  " + round, 0, 38, 26);
    ring(left, v.face === "hold" ? HOLD_COLOUR : GAP_COLOUR, seconds + "");
    words("prompt", v.face === "hold" ? "hold" : v.tapStarts ? "Tap: " + latin(v.text) : latin(v.text), 134, 42, 16);
  };

  const DRAW = {
    clock: v => DRAW_MENU[page](v),
    confirm: v => menu(latin(v.text) || "Ready?", [
      ["Yes", press("tap")], ["Not now", press("double_press")], ["In 10 min", press("snooze")]
    ]),
    waiting: () => words("all", "...", 0, SIZE, 30),
    gap: v => page === "session" ? DRAW_MENU.session(v) : place(v),
    hold: place,
    question: () => menu("Stopped", [
      ["Done", press("done")], ["Too much", press("too_much")], ["It hurt", press("pain")]
    ]),
    paused: v => page === "session" ? DRAW_MENU.session(v) : words("all", "Paused\n\nTap to go on", 0, SIZE, 24),
    done: () => words("all", "Done", 0, SIZE, 40)
  };

  /* Between holds the glass has to answer; what the wearer set comes back at the end. */
  const keepAwake = isOn => {
    if (isOn === isKeptAwake) return;
    isKeptAwake = isOn;
    Bangle.setOptions({ lockTimeout: isOn ? 0 : options.lockTimeout });
  };

  const isOver = v => v.face === "clock" && v.isPopped;

  const draw = () => {
    const v = watch.view();
    if (countdown !== undefined) clearTimeout(countdown);
    countdown = undefined;
    if (isOver(v)) {
      Bangle.showClock();
      return;
    }
    if (v.face !== face) {
      face = v.face;
      page = "main";
      pressed = undefined;
      keepAwake(face !== "clock" && face !== "done");
      if (face !== "hold" && isKeptAwake) {
        Bangle.setLocked(false);
        Bangle.setLCDPower(1);
      }
    }
    if (wasPairing && !v.pairing) page = "main";
    wasPairing = v.pairing;
    const screen = face + (face === "clock" || page === "session" ? page + v.pairing + v.isClosed : "");
    if (drawn.screen !== screen) {
      drawn = { screen: screen };
      g.reset().clear();
    }
    items = undefined;
    DRAW[face](v);
    if (v.endsAt !== null) countdown = setTimeout(draw, ((v.endsAt - v.tick) % 1000 || 1000) + 1);
  };

  const onTouch = (_, at) => {
    if (items) {
      const band = items.length === 1 ? 0 : Math.floor((at.y - TITLE_HEIGHT) / (SIZE - TITLE_HEIGHT) * items.length);
      if (page === "session") page = "main";
      if (items[band]) items[band][1]();
      if (face === "gap" || face === "paused") draw();
    } else if (face === "gap" || face === "paused") watch.press("tap");
  };

  const onSwipe = () => {
    if (face !== "gap" && face !== "paused") return;
    page = page === "session" ? "main" : "session";
    draw();
  };

  const onSinglePress = () => {
    single = undefined;
    watch.press("button");
  };

  const onPress = () => {
    const now = getTime(), isDouble = pressed !== undefined && now - pressed <= DOUBLE_PRESS_S;
    if (single !== undefined) clearTimeout(single);
    single = undefined;
    wentDown = now;
    pressed = isDouble ? undefined : now;
    if (isDouble) watch.press("double_press");
    else if (face === "clock" && page !== "main") go("main")();
    else if (face === "clock" || face === "done") Bangle.showClock();
    else if (face === "confirm") single = setTimeout(onSinglePress, DOUBLE_PRESS_S * 1000);
    else if (face === "gap" || face === "paused") {
      watch.press("button");
      pressed = undefined;
    }
  };

  const onRelease = () => {
    if (wentDown !== undefined && getTime() - wentDown > SHORT_PRESS_S) pressed = undefined;
  };

  /* The press that wakes a locked watch is eaten by the firmware: in a hold it may be the first of two. */
  const onLock = (isLocked, reason) => {
    if (!isLocked && reason === "button" && face === "hold") pressed = getTime();
  };

  const remove = () => {
    if (countdown !== undefined) clearTimeout(countdown);
    if (single !== undefined) clearTimeout(single);
    Bangle.removeListener("lock", onLock);
    keepAwake(false);
    watch.show(undefined);
  };

  Bangle.setUI({
    mode: "custom", touch: onTouch, swipe: onSwipe, btn: onPress, btnRelease: onRelease, remove: remove
  });
  Bangle.on("lock", onLock);
  watch.show({ draw: draw });
}
