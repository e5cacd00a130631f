// What a deck plays and what it will play, in words: listens to all that goes to and comes from the instrument.
// outlets: sounding text, pending text, colour of `go`, strip of ready points. Argument: the deck.

inlets = 1;
outlets = 4;

// Of every setting that must be rendered to be heard, by address: name, default, and the names of an enum. From the
// table of parameters.
var SETTINGS = {"/ladmg/n_bars": {"name": "n_bars", "value": 4}, "/ladmg/n_steps": {"name": "n_steps", "value": 0}, "/ladmg/key": {"name": "key", "value": "off", "choices": ["off", "C minor", "C# minor", "D minor", "D# minor", "E minor", "F minor", "F# minor", "G minor", "G# minor", "A minor", "A# minor", "B minor", "C major", "C# major", "D major", "D# major", "E major", "F major", "F# major", "G major", "G# major", "A major", "A# major", "B major"]}, "/ladmg/1/prompt": {"name": "prompt", "value": ""}, "/ladmg/2/prompt": {"name": "prompt", "value": ""}, "/ladmg/1/prompt_2": {"name": "prompt_2", "value": ""}, "/ladmg/2/prompt_2": {"name": "prompt_2", "value": ""}, "/ladmg/1/prompt_3": {"name": "prompt_3", "value": ""}, "/ladmg/2/prompt_3": {"name": "prompt_3", "value": ""}, "/ladmg/1/prompt_4": {"name": "prompt_4", "value": ""}, "/ladmg/2/prompt_4": {"name": "prompt_4", "value": ""}, "/ladmg/1/weight": {"name": "weight", "value": 1.0}, "/ladmg/2/weight": {"name": "weight", "value": 1.0}, "/ladmg/1/weight_2": {"name": "weight_2", "value": 0.0}, "/ladmg/2/weight_2": {"name": "weight_2", "value": 0.0}, "/ladmg/1/weight_3": {"name": "weight_3", "value": 0.0}, "/ladmg/2/weight_3": {"name": "weight_3", "value": 0.0}, "/ladmg/1/weight_4": {"name": "weight_4", "value": 0.0}, "/ladmg/2/weight_4": {"name": "weight_4", "value": 0.0}, "/ladmg/1/negative": {"name": "negative", "value": ""}, "/ladmg/2/negative": {"name": "negative", "value": ""}, "/ladmg/1/cfg_scale": {"name": "cfg_scale", "value": 6.0}, "/ladmg/2/cfg_scale": {"name": "cfg_scale", "value": 6.0}, "/ladmg/1/cfg_grid": {"name": "cfg_grid", "value": 1.0}, "/ladmg/2/cfg_grid": {"name": "cfg_grid", "value": 1.0}, "/ladmg/1/seed_a": {"name": "seed_a", "value": 1}, "/ladmg/2/seed_a": {"name": "seed_a", "value": 1}, "/ladmg/1/seed_b": {"name": "seed_b", "value": 2}, "/ladmg/2/seed_b": {"name": "seed_b", "value": 2}, "/ladmg/1/seed_c": {"name": "seed_c", "value": 3}, "/ladmg/2/seed_c": {"name": "seed_c", "value": 3}, "/ladmg/1/seed_d": {"name": "seed_d", "value": 4}, "/ladmg/2/seed_d": {"name": "seed_d", "value": 4}, "/ladmg/1/brightness": {"name": "brightness", "value": 0.0}, "/ladmg/2/brightness": {"name": "brightness", "value": 0.0}, "/ladmg/1/density": {"name": "density", "value": 0.0}, "/ladmg/2/density": {"name": "density", "value": 0.0}, "/ladmg/1/swing": {"name": "swing", "value": 50.0}, "/ladmg/2/swing": {"name": "swing", "value": 50.0}};
var STRIP = 65;
var AMBER = [0.949, 0.6706, 0.2353, 1], GREY = [0.1765, 0.2, 0.2353, 1];

var root = "/ladmg/" + jsarguments[1] + "/";
var wanted = {};
var recipe = null;
var loop = "";
var fan = [];
var morph_y = 0;
var state = "none";
var eta = -1;

function anything() {
	var args = arrayfromargs(arguments);
	if (messagename === root + "loop") {
		loop = args[0];
		recipe = JSON.parse(args[1]);
	} else if (messagename === root + "next") {
		state = args[0];
		eta = args[1];
	} else if (messagename === root + "fan" || messagename === root + "morph_y") {
		if (messagename === root + "fan") fan = args;
		else morph_y = args[0];
		show_fan();
		return;
	} else if (SETTINGS[messagename]) {
		wanted[messagename] = SETTINGS[messagename].name.indexOf("prompt") === 0 ? args.join(" ") : args[0];
	} else {
		return;
	}
	show();
}

// The points that are ready, as x and y in turn: a bar at each x, the higher the nearer its y is to `morph_y`.
function show_fan() {
	var strip = [];
	for (var i = 0; i < STRIP; i++) strip.push(0);
	for (var j = 0; j + 1 < fan.length; j += 2) {
		var column = Math.round(fan[j] * (STRIP - 1));
		strip[column] = Math.max(strip[column], 0.2, 1 - Math.abs(fan[j + 1] - morph_y));
	}
	outlet(3, strip);
}

function show() {
	outlet(0, "set", sounding());
	outlet(1, "set", pending());
	outlet(2, ["bgcolor"].concat(state === "ready" || state === "cued" ? AMBER : GREY));
}

function sounding() {
	if (!recipe) return "nothing yet";
	var prompt = recipe.prompt ? ", " + recipe.prompt : "";
	return loop + ", " + number(recipe.bpm) + " BPM, seeds " + recipe.seed_a + " and " + recipe.seed_b + prompt;
}

function pending() {
	var changes = [];
	for (var address in wanted) {
		var change = difference(SETTINGS[address], wanted[address]);
		if (change) changes.push(change);
	}
	var said = [];
	if (state !== "none") said.push(state + (eta > 0 ? ", in " + number(eta) + " beats" : ""));
	if (changes.length) said.push(changes.join(", "));
	return said.join(": ") || " ";
}

// Between what a setting is in the loop that sounds and what it should be: "cfg_scale 3 → 4", "" for none.
function difference(setting, value) {
	if (!recipe || (setting.name === "n_steps" && value === 0)) return "";
	var now = recipe.hasOwnProperty(setting.name) ? recipe[setting.name] : setting.value;
	if (setting.choices && typeof value === "number") value = setting.choices[value];
	if (typeof value === "number" ? Math.abs(value - now) < 1e-4 * Math.max(1, Math.abs(now)) : value === now) return "";
	if (typeof value !== "number" && !setting.choices) return setting.name;
	return setting.name + " " + number(now) + " → " + number(value);
}

function number(value) {
	return typeof value === "number" ? String(Math.round(value * 1000) / 1000) : String(value);
}
