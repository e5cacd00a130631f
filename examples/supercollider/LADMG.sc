// LADMG, the instrument, from SuperCollider. Put this folder into Extensions, or run sclang --include-path with it.
//
//   x = LADMG.new;                      // joins the instrument on this machine
//   x.set("bpm", 132);                  // a parameter
//   x.set("prompt", "deep dub", 1);     // one of deck 1
//   x.get("cfg_scale", 1);              // what it is, as the instrument says
//   x.happen("roll", 1);                // a trigger
//   x.on("beat", { |bar, beat, bpm| [bar, beat, bpm].postln });
//   x.free;

LADMG {
	classvar <>renewal = 10;  // seconds: a subscription lasts 30

	var <addr, <values, actions, func, routine;

	*new { |host = "127.0.0.1", port = 7400|
		^super.new.init(NetAddr(host, port));
	}

	// The address of a parameter, or of what the instrument says.
	*address { |name, deck|
		^if(deck.isNil) { "/ladmg/" ++ name } { "/ladmg/" ++ deck ++ "/" ++ name };
	}

	init { |netAddr|
		addr = netAddr;
		values = IdentityDictionary.new;
		actions = IdentityDictionary.new;
		func = { |message, time, from|
			if(message[0].asString.beginsWith("/ladmg/")) { this.prHear(message) };
		};
		thisProcess.addOSCRecvFunc(func);
		routine = Routine({
			loop { addr.sendMsg("/ladmg/subscribe", NetAddr.langPort); renewal.wait };
		}).play(SystemClock);
	}

	// Set a parameter: a number, the name of an enum, or a text. What was accepted comes back into `values`.
	set { |name, value, deck|
		if(value.isKindOf(Symbol)) { value = value.asString };
		addr.sendMsg(LADMG.address(name, deck), value);
	}

	get { |name, deck|
		^values[LADMG.address(name, deck).asSymbol];
	}

	happen { |name, deck|
		addr.sendMsg(LADMG.address(name, deck), 1);
	}

	// Do something whenever the instrument says `name`: "beat", "error", "next" and "loop" of a deck, or a parameter.
	on { |name, action, deck|
		actions[LADMG.address(name, deck).asSymbol] = action;
	}

	free {
		routine.stop;
		thisProcess.removeOSCRecvFunc(func);
		addr.sendMsg("/ladmg/unsubscribe", NetAddr.langPort);
	}

	prHear { |message|
		var address = message[0];
		if(message.size == 2) { values[address] = message[1] };
		actions[address] !? { |action| action.value(*message.drop(1)) };
	}
}
