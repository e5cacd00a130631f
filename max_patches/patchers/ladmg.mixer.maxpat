{
	"patcher": {
		"fileversion": 1,
		"appversion": {
			"major": 8,
			"minor": 5,
			"revision": 0,
			"architecture": "x64",
			"modernui": 1
		},
		"classnamespace": "box",
		"rect": [
			60.0,
			90.0,
			240,
			430
		],
		"openinpresentation": 1,
		"default_fontsize": 12.0,
		"default_fontface": 0,
		"default_fontname": "Arial",
		"gridsize": [
			10.0,
			10.0
		],
		"bgcolor": [
			0.1216,
			0.1373,
			0.1608,
			1.0
		],
		"editing_bgcolor": [
			0.1216,
			0.1373,
			0.1608,
			1.0
		],
		"locked_bgcolor": [
			0.1216,
			0.1373,
			0.1608,
			1.0
		],
		"boxes": [
			{
				"box": {
					"id": "obj-1",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						44,
						40,
						120,
						18
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"textcolor": [
						0.5608,
						0.6039,
						0.6627,
						1.0
					],
					"text": "swap",
					"presentation": 1,
					"presentation_rect": [
						14,
						286,
						102,
						18
					]
				}
			},
			{
				"box": {
					"id": "obj-2",
					"maxclass": "umenu",
					"numinlets": 1,
					"numoutlets": 3,
					"patching_rect": [
						30,
						58,
						120,
						22
					],
					"outlettype": [
						"int",
						"",
						""
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"bgfillcolor_type": "color",
					"bgfillcolor_color": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"bgcolor": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"color": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"elementcolor": [
						0.2314,
						0.2627,
						0.3098,
						1.0
					],
					"textcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"arrow": 1,
					"hint": "/ladmg/swap: The musical boundary at which a finished loop enters.",
					"annotation": "/ladmg/swap: The musical boundary at which a finished loop enters.",
					"items": [
						"now",
						",",
						"beat",
						",",
						"bar",
						",",
						"loop",
						",",
						"4bars",
						",",
						"8bars",
						",",
						"16bars"
					],
					"presentation": 1,
					"presentation_rect": [
						14,
						304,
						102,
						22
					]
				}
			},
			{
				"box": {
					"id": "obj-3",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						30,
						92,
						155.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/swap"
				}
			},
			{
				"box": {
					"id": "obj-4",
					"maxclass": "textbutton",
					"numinlets": 1,
					"numoutlets": 3,
					"patching_rect": [
						254,
						40,
						90,
						28
					],
					"outlettype": [
						"",
						"",
						"int"
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"bgcolor": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"bgoncolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					],
					"textcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"textoncolor": [
						0.0824,
						0.0902,
						0.1059,
						1.0
					],
					"usebgoncolor": 1,
					"usetextovercolor": 0,
					"legacytextcolor": 1,
					"bordercolor": [
						0.2314,
						0.2627,
						0.3098,
						1.0
					],
					"rounded": 6.0,
					"outputmode": 0,
					"hint": "/ladmg/auto: 1: a finished loop enters by itself. 0: it waits for go.",
					"annotation": "/ladmg/auto: 1: a finished loop enters by itself. 0: it waits for go.",
					"mode": 1,
					"text": "auto",
					"texton": "auto",
					"presentation": 1,
					"presentation_rect": [
						124,
						250,
						102,
						32
					]
				}
			},
			{
				"box": {
					"id": "obj-5",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						254,
						92,
						150.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/auto"
				}
			},
			{
				"box": {
					"id": "obj-6",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						492,
						40,
						120,
						18
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"textcolor": [
						0.5608,
						0.6039,
						0.6627,
						1.0
					],
					"text": "n_bars",
					"presentation": 1,
					"presentation_rect": [
						14,
						332,
						48,
						18
					]
				}
			},
			{
				"box": {
					"id": "obj-7",
					"maxclass": "umenu",
					"numinlets": 1,
					"numoutlets": 3,
					"patching_rect": [
						478,
						58,
						120,
						22
					],
					"outlettype": [
						"int",
						"",
						""
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"bgfillcolor_type": "color",
					"bgfillcolor_color": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"bgcolor": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"color": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"elementcolor": [
						0.2314,
						0.2627,
						0.3098,
						1.0
					],
					"textcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"arrow": 1,
					"hint": "/ladmg/n_bars: Bars in a loop.",
					"annotation": "/ladmg/n_bars: Bars in a loop.",
					"items": [
						"1",
						",",
						"2",
						",",
						"4",
						",",
						"8"
					],
					"presentation": 1,
					"presentation_rect": [
						14,
						350,
						48,
						22
					]
				}
			},
			{
				"box": {
					"id": "obj-8",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 2,
					"patching_rect": [
						478,
						92,
						101.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "zl.lookup 1 2 4 8"
				}
			},
			{
				"box": {
					"id": "obj-9",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						478,
						116,
						163.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/n_bars"
				}
			},
			{
				"box": {
					"id": "obj-10",
					"maxclass": "newobj",
					"numinlets": 5,
					"numoutlets": 5,
					"patching_rect": [
						478,
						140,
						69.0,
						22
					],
					"outlettype": [
						"bang",
						"bang",
						"bang",
						"bang",
						""
					],
					"text": "sel 1 2 4 8"
				}
			},
			{
				"box": {
					"id": "obj-11",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						478,
						164,
						40.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "set 0"
				}
			},
			{
				"box": {
					"id": "obj-12",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						524,
						164,
						40.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "set 1"
				}
			},
			{
				"box": {
					"id": "obj-13",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						570,
						164,
						40.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "set 2"
				}
			},
			{
				"box": {
					"id": "obj-14",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						616,
						164,
						40.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "set 3"
				}
			},
			{
				"box": {
					"id": "obj-15",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						716,
						40,
						120,
						18
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"textcolor": [
						0.5608,
						0.6039,
						0.6627,
						1.0
					],
					"text": "n_steps",
					"presentation": 1,
					"presentation_rect": [
						68,
						332,
						48,
						18
					]
				}
			},
			{
				"box": {
					"id": "obj-16",
					"maxclass": "number",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						702,
						58,
						90,
						22
					],
					"outlettype": [
						"",
						"bang"
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"bgcolor": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"textcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"tricolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					],
					"hint": "/ladmg/n_steps: Steps of the sampler; 0: as many as the machine can do in time.",
					"annotation": "/ladmg/n_steps: Steps of the sampler; 0: as many as the machine can do in time.",
					"minimum": 0,
					"maximum": 16,
					"presentation": 1,
					"presentation_rect": [
						68,
						350,
						48,
						22
					]
				}
			},
			{
				"box": {
					"id": "obj-17",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						702,
						92,
						169.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/n_steps"
				}
			},
			{
				"box": {
					"id": "obj-18",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						940,
						40,
						120,
						18
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"textcolor": [
						0.5608,
						0.6039,
						0.6627,
						1.0
					],
					"text": "key",
					"presentation": 1,
					"presentation_rect": [
						124,
						286,
						102,
						18
					]
				}
			},
			{
				"box": {
					"id": "obj-19",
					"maxclass": "umenu",
					"numinlets": 1,
					"numoutlets": 3,
					"patching_rect": [
						926,
						58,
						120,
						22
					],
					"outlettype": [
						"int",
						"",
						""
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"bgfillcolor_type": "color",
					"bgfillcolor_color": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"bgcolor": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"color": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"elementcolor": [
						0.2314,
						0.2627,
						0.3098,
						1.0
					],
					"textcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"arrow": 1,
					"hint": "/ladmg/key: The key that the loop should be in.",
					"annotation": "/ladmg/key: The key that the loop should be in.",
					"items": [
						"off",
						",",
						"C minor",
						",",
						"C# minor",
						",",
						"D minor",
						",",
						"D# minor",
						",",
						"E minor",
						",",
						"F minor",
						",",
						"F# minor",
						",",
						"G minor",
						",",
						"G# minor",
						",",
						"A minor",
						",",
						"A# minor",
						",",
						"B minor",
						",",
						"C major",
						",",
						"C# major",
						",",
						"D major",
						",",
						"D# major",
						",",
						"E major",
						",",
						"F major",
						",",
						"F# major",
						",",
						"G major",
						",",
						"G# major",
						",",
						"A major",
						",",
						"A# major",
						",",
						"B major"
					],
					"presentation": 1,
					"presentation_rect": [
						124,
						304,
						102,
						22
					]
				}
			},
			{
				"box": {
					"id": "obj-20",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						926,
						92,
						145.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/key"
				}
			},
			{
				"box": {
					"id": "obj-21",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1164,
						40,
						120,
						18
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"textcolor": [
						0.5608,
						0.6039,
						0.6627,
						1.0
					],
					"text": "stretch",
					"presentation": 1,
					"presentation_rect": [
						124,
						332,
						102,
						18
					]
				}
			},
			{
				"box": {
					"id": "obj-22",
					"maxclass": "umenu",
					"numinlets": 1,
					"numoutlets": 3,
					"patching_rect": [
						1150,
						58,
						120,
						22
					],
					"outlettype": [
						"int",
						"",
						""
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"bgfillcolor_type": "color",
					"bgfillcolor_color": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"bgcolor": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"color": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"elementcolor": [
						0.2314,
						0.2627,
						0.3098,
						1.0
					],
					"textcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"arrow": 1,
					"hint": "/ladmg/stretch: What a new tempo does to the loop that plays: bends it, pitch and all, or keeps its pitch.",
					"annotation": "/ladmg/stretch: What a new tempo does to the loop that plays: bends it, pitch and all, or keeps its pitch.",
					"items": [
						"repitch",
						",",
						"keylock"
					],
					"presentation": 1,
					"presentation_rect": [
						124,
						350,
						102,
						22
					]
				}
			},
			{
				"box": {
					"id": "obj-23",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						1150,
						92,
						163.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/stretch"
				}
			},
			{
				"box": {
					"id": "obj-24",
					"maxclass": "live.slider",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						30,
						190,
						150,
						48
					],
					"outlettype": [
						"",
						"float"
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"textcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"bordercolor": [
						0.2314,
						0.2627,
						0.3098,
						1.0
					],
					"focusbordercolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					],
					"slidercolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					],
					"trioncolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					],
					"tricolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"hint": "/ladmg/gain_db: Level of all that sounds; -70 is silence.",
					"annotation": "/ladmg/gain_db: Level of all that sounds; -70 is silence.",
					"parameter_enable": 1,
					"saved_attribute_attributes": {
						"valueof": {
							"parameter_longname": "gain_db",
							"parameter_shortname": "gain_db",
							"parameter_invisible": 2,
							"parameter_unitstyle": 1,
							"parameter_type": 0,
							"parameter_mmin": -70,
							"parameter_mmax": 6
						}
					},
					"orientation": 0,
					"presentation": 1,
					"presentation_rect": [
						90,
						8,
						60,
						190
					]
				}
			},
			{
				"box": {
					"id": "obj-25",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						30,
						242,
						169.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/gain_db"
				}
			},
			{
				"box": {
					"id": "obj-26",
					"maxclass": "live.slider",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						254,
						190,
						150,
						48
					],
					"outlettype": [
						"",
						"float"
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"textcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"bordercolor": [
						0.2314,
						0.2627,
						0.3098,
						1.0
					],
					"focusbordercolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					],
					"slidercolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					],
					"trioncolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					],
					"tricolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"hint": "/ladmg/crossfade: From deck 1 (0) to deck 2 (1).",
					"annotation": "/ladmg/crossfade: From deck 1 (0) to deck 2 (1).",
					"parameter_enable": 1,
					"saved_attribute_attributes": {
						"valueof": {
							"parameter_longname": "crossfade",
							"parameter_shortname": "crossfade",
							"parameter_invisible": 2,
							"parameter_unitstyle": 1,
							"parameter_type": 0,
							"parameter_mmin": 0,
							"parameter_mmax": 1
						}
					},
					"orientation": 1,
					"presentation": 1,
					"presentation_rect": [
						14,
						204,
						212,
						40
					]
				}
			},
			{
				"box": {
					"id": "obj-27",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						254,
						242,
						179.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/crossfade"
				}
			},
			{
				"box": {
					"id": "obj-28",
					"maxclass": "textbutton",
					"numinlets": 1,
					"numoutlets": 3,
					"patching_rect": [
						478,
						190,
						90,
						28
					],
					"outlettype": [
						"",
						"",
						"int"
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"bgcolor": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"bgoncolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					],
					"textcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"textoncolor": [
						0.0824,
						0.0902,
						0.1059,
						1.0
					],
					"usebgoncolor": 1,
					"usetextovercolor": 0,
					"legacytextcolor": 1,
					"bordercolor": [
						0.2314,
						0.2627,
						0.3098,
						1.0
					],
					"rounded": 6.0,
					"outputmode": 0,
					"hint": "/ladmg/bass_swap: 1: the lows change hands at the middle of the crossfade, on the beat. 0: they fade with the rest.",
					"annotation": "/ladmg/bass_swap: 1: the lows change hands at the middle of the crossfade, on the beat. 0: they fade with the rest.",
					"mode": 1,
					"text": "bass_swap",
					"texton": "bass_swap",
					"presentation": 1,
					"presentation_rect": [
						14,
						250,
						102,
						32
					]
				}
			},
			{
				"box": {
					"id": "obj-29",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						478,
						242,
						187.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/bass_swap"
				}
			},
			{
				"box": {
					"id": "obj-30",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						716,
						190,
						120,
						18
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"textcolor": [
						0.5608,
						0.6039,
						0.6627,
						1.0
					],
					"text": "cue",
					"presentation": 1,
					"presentation_rect": [
						14,
						378,
						102,
						18
					]
				}
			},
			{
				"box": {
					"id": "obj-31",
					"maxclass": "umenu",
					"numinlets": 1,
					"numoutlets": 3,
					"patching_rect": [
						702,
						208,
						120,
						22
					],
					"outlettype": [
						"int",
						"",
						""
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"bgfillcolor_type": "color",
					"bgfillcolor_color": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"bgcolor": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"color": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"elementcolor": [
						0.2314,
						0.2627,
						0.3098,
						1.0
					],
					"textcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"arrow": 1,
					"hint": "/ladmg/cue: What the cue outputs play: the loop that comes next, in phase, or a deck whatever its level.",
					"annotation": "/ladmg/cue: What the cue outputs play: the loop that comes next, in phase, or a deck whatever its level.",
					"items": [
						"off",
						",",
						"next",
						",",
						"1",
						",",
						"2"
					],
					"presentation": 1,
					"presentation_rect": [
						14,
						396,
						102,
						22
					]
				}
			},
			{
				"box": {
					"id": "obj-32",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						702,
						242,
						146.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/cue"
				}
			},
			{
				"box": {
					"id": "obj-33",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						940,
						190,
						120,
						18
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"textcolor": [
						0.5608,
						0.6039,
						0.6627,
						1.0
					],
					"text": "cue_gain_db",
					"presentation": 1,
					"presentation_rect": [
						124,
						378,
						102,
						18
					]
				}
			},
			{
				"box": {
					"id": "obj-34",
					"maxclass": "flonum",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						926,
						208,
						90,
						22
					],
					"outlettype": [
						"",
						"bang"
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"bgcolor": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"textcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"tricolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					],
					"hint": "/ladmg/cue_gain_db: Level of the cue outputs.",
					"annotation": "/ladmg/cue_gain_db: Level of the cue outputs.",
					"minimum": -70,
					"maximum": 6,
					"numdecimalplaces": 2,
					"presentation": 1,
					"presentation_rect": [
						124,
						396,
						102,
						22
					]
				}
			},
			{
				"box": {
					"id": "obj-35",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						926,
						242,
						195.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/cue_gain_db"
				}
			},
			{
				"box": {
					"id": "obj-36",
					"maxclass": "live.slider",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						1150,
						190,
						150,
						48
					],
					"outlettype": [
						"",
						"float"
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"textcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"bordercolor": [
						0.2314,
						0.2627,
						0.3098,
						1.0
					],
					"focusbordercolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					],
					"slidercolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					],
					"trioncolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					],
					"tricolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"hint": "/ladmg/1/level_db: Level of the deck; -70 is silence.",
					"annotation": "/ladmg/1/level_db: Level of the deck; -70 is silence.",
					"parameter_enable": 1,
					"saved_attribute_attributes": {
						"valueof": {
							"parameter_longname": "1 level_db",
							"parameter_shortname": "level_db",
							"parameter_invisible": 2,
							"parameter_unitstyle": 1,
							"parameter_type": 0,
							"parameter_mmin": -70,
							"parameter_mmax": 6
						}
					},
					"orientation": 0,
					"presentation": 1,
					"presentation_rect": [
						14,
						8,
						60,
						190
					]
				}
			},
			{
				"box": {
					"id": "obj-37",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						1150,
						242,
						181.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/1/level_db"
				}
			},
			{
				"box": {
					"id": "obj-38",
					"maxclass": "newobj",
					"numinlets": 0,
					"numoutlets": 1,
					"patching_rect": [
						700,
						340,
						67.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "r ladmg.in"
				}
			},
			{
				"box": {
					"id": "obj-39",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 2,
					"patching_rect": [
						700,
						370,
						125.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "route /ladmg/1/meter"
				}
			},
			{
				"box": {
					"id": "obj-40",
					"maxclass": "multislider",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						700,
						430,
						20,
						80
					],
					"outlettype": [
						"",
						""
					],
					"bgcolor": [
						0.0824,
						0.0902,
						0.1059,
						1.0
					],
					"slidercolor": [
						0.3098,
						0.7882,
						0.498,
						1.0
					],
					"setminmax": [
						0.0,
						1.0
					],
					"setstyle": 1,
					"ignoreclick": 1,
					"contdata": 1,
					"size": 1,
					"orientation": 1,
					"presentation": 1,
					"presentation_rect": [
						76,
						26,
						8,
						156
					]
				}
			},
			{
				"box": {
					"id": "obj-41",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						700,
						400,
						66.0,
						22
					],
					"outlettype": [
						"float",
						"float"
					],
					"text": "unpack f f"
				}
			},
			{
				"box": {
					"id": "obj-42",
					"maxclass": "live.slider",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						30,
						340,
						150,
						48
					],
					"outlettype": [
						"",
						"float"
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"textcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"bordercolor": [
						0.2314,
						0.2627,
						0.3098,
						1.0
					],
					"focusbordercolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					],
					"slidercolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					],
					"trioncolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					],
					"tricolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"hint": "/ladmg/2/level_db: Level of the deck; -70 is silence.",
					"annotation": "/ladmg/2/level_db: Level of the deck; -70 is silence.",
					"parameter_enable": 1,
					"saved_attribute_attributes": {
						"valueof": {
							"parameter_longname": "2 level_db",
							"parameter_shortname": "level_db",
							"parameter_invisible": 2,
							"parameter_unitstyle": 1,
							"parameter_type": 0,
							"parameter_mmin": -70,
							"parameter_mmax": 6
						}
					},
					"orientation": 0,
					"presentation": 1,
					"presentation_rect": [
						166,
						8,
						60,
						190
					]
				}
			},
			{
				"box": {
					"id": "obj-43",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						30,
						392,
						181.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/2/level_db"
				}
			},
			{
				"box": {
					"id": "obj-44",
					"maxclass": "newobj",
					"numinlets": 0,
					"numoutlets": 1,
					"patching_rect": [
						900,
						340,
						67.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "r ladmg.in"
				}
			},
			{
				"box": {
					"id": "obj-45",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 2,
					"patching_rect": [
						900,
						370,
						125.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "route /ladmg/2/meter"
				}
			},
			{
				"box": {
					"id": "obj-46",
					"maxclass": "multislider",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						900,
						430,
						20,
						80
					],
					"outlettype": [
						"",
						""
					],
					"bgcolor": [
						0.0824,
						0.0902,
						0.1059,
						1.0
					],
					"slidercolor": [
						0.3098,
						0.7882,
						0.498,
						1.0
					],
					"setminmax": [
						0.0,
						1.0
					],
					"setstyle": 1,
					"ignoreclick": 1,
					"contdata": 1,
					"size": 1,
					"orientation": 1,
					"presentation": 1,
					"presentation_rect": [
						156,
						26,
						8,
						156
					]
				}
			},
			{
				"box": {
					"id": "obj-47",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						900,
						400,
						66.0,
						22
					],
					"outlettype": [
						"float",
						"float"
					],
					"text": "unpack f f"
				}
			}
		],
		"lines": [
			{
				"patchline": {
					"source": [
						"obj-2",
						0
					],
					"destination": [
						"obj-3",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-3",
						0
					],
					"destination": [
						"obj-2",
						0
					],
					"midpoints": [
						39.5,
						122,
						18,
						122,
						18,
						50,
						39.5,
						50
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-4",
						0
					],
					"destination": [
						"obj-5",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-5",
						0
					],
					"destination": [
						"obj-4",
						0
					],
					"midpoints": [
						263.5,
						122,
						242,
						122,
						242,
						32,
						263.5,
						32
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-7",
						0
					],
					"destination": [
						"obj-8",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-8",
						0
					],
					"destination": [
						"obj-9",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-9",
						1
					],
					"destination": [
						"obj-10",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-10",
						0
					],
					"destination": [
						"obj-11",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-11",
						0
					],
					"destination": [
						"obj-7",
						0
					],
					"midpoints": [
						487.5,
						194,
						466,
						194,
						466,
						50,
						487.5,
						50
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-10",
						1
					],
					"destination": [
						"obj-12",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-12",
						0
					],
					"destination": [
						"obj-7",
						0
					],
					"midpoints": [
						533.5,
						194,
						466,
						194,
						466,
						50,
						487.5,
						50
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-10",
						2
					],
					"destination": [
						"obj-13",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-13",
						0
					],
					"destination": [
						"obj-7",
						0
					],
					"midpoints": [
						579.5,
						194,
						466,
						194,
						466,
						50,
						487.5,
						50
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-10",
						3
					],
					"destination": [
						"obj-14",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-14",
						0
					],
					"destination": [
						"obj-7",
						0
					],
					"midpoints": [
						625.5,
						194,
						466,
						194,
						466,
						50,
						487.5,
						50
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-16",
						0
					],
					"destination": [
						"obj-17",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-17",
						0
					],
					"destination": [
						"obj-16",
						0
					],
					"midpoints": [
						711.5,
						122,
						690,
						122,
						690,
						50,
						711.5,
						50
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-19",
						0
					],
					"destination": [
						"obj-20",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-20",
						0
					],
					"destination": [
						"obj-19",
						0
					],
					"midpoints": [
						935.5,
						122,
						914,
						122,
						914,
						50,
						935.5,
						50
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-22",
						0
					],
					"destination": [
						"obj-23",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-23",
						0
					],
					"destination": [
						"obj-22",
						0
					],
					"midpoints": [
						1159.5,
						122,
						1138,
						122,
						1138,
						50,
						1159.5,
						50
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-24",
						0
					],
					"destination": [
						"obj-25",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-25",
						0
					],
					"destination": [
						"obj-24",
						0
					],
					"midpoints": [
						39.5,
						272,
						18,
						272,
						18,
						182,
						39.5,
						182
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-26",
						0
					],
					"destination": [
						"obj-27",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-27",
						0
					],
					"destination": [
						"obj-26",
						0
					],
					"midpoints": [
						263.5,
						272,
						242,
						272,
						242,
						182,
						263.5,
						182
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-28",
						0
					],
					"destination": [
						"obj-29",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-29",
						0
					],
					"destination": [
						"obj-28",
						0
					],
					"midpoints": [
						487.5,
						272,
						466,
						272,
						466,
						182,
						487.5,
						182
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-31",
						0
					],
					"destination": [
						"obj-32",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-32",
						0
					],
					"destination": [
						"obj-31",
						0
					],
					"midpoints": [
						711.5,
						272,
						690,
						272,
						690,
						200,
						711.5,
						200
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-34",
						0
					],
					"destination": [
						"obj-35",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-35",
						0
					],
					"destination": [
						"obj-34",
						0
					],
					"midpoints": [
						935.5,
						272,
						914,
						272,
						914,
						200,
						935.5,
						200
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-36",
						0
					],
					"destination": [
						"obj-37",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-37",
						0
					],
					"destination": [
						"obj-36",
						0
					],
					"midpoints": [
						1159.5,
						272,
						1138,
						272,
						1138,
						182,
						1159.5,
						182
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-38",
						0
					],
					"destination": [
						"obj-39",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-39",
						0
					],
					"destination": [
						"obj-41",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-41",
						0
					],
					"destination": [
						"obj-40",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-42",
						0
					],
					"destination": [
						"obj-43",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-43",
						0
					],
					"destination": [
						"obj-42",
						0
					],
					"midpoints": [
						39.5,
						422,
						18,
						422,
						18,
						332,
						39.5,
						332
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-44",
						0
					],
					"destination": [
						"obj-45",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-45",
						0
					],
					"destination": [
						"obj-47",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-47",
						0
					],
					"destination": [
						"obj-46",
						0
					]
				}
			}
		]
	}
}
