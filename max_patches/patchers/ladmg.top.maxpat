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
			1260,
			64
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
					"text": "BPM",
					"presentation": 1,
					"presentation_rect": [
						542,
						23,
						34,
						18
					]
				}
			},
			{
				"box": {
					"id": "obj-2",
					"maxclass": "flonum",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						30,
						58,
						90,
						22
					],
					"outlettype": [
						"",
						"bang"
					],
					"fontname": "Arial",
					"fontsize": 22.0,
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
					"hint": "/ladmg/bpm: Tempo.",
					"annotation": "/ladmg/bpm: Tempo.",
					"minimum": 60,
					"maximum": 200,
					"numdecimalplaces": 2,
					"presentation": 1,
					"presentation_rect": [
						576,
						16,
						86,
						34
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
						150.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/bpm"
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
					"hint": "/ladmg/playing: 1 plays, 0 is silent.",
					"annotation": "/ladmg/playing: 1 plays, 0 is silent.",
					"mode": 1,
					"text": "playing",
					"texton": "playing",
					"presentation": 1,
					"presentation_rect": [
						126,
						12,
						76,
						40
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
						165.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/playing"
				}
			},
			{
				"box": {
					"id": "obj-6",
					"maxclass": "live.slider",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						478,
						40,
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
					"hint": "/ladmg/nudge: Bends the tempo while it is held, to bring two sources together.",
					"annotation": "/ladmg/nudge: Bends the tempo while it is held, to bring two sources together.",
					"parameter_enable": 1,
					"saved_attribute_attributes": {
						"valueof": {
							"parameter_longname": "nudge",
							"parameter_shortname": "nudge",
							"parameter_invisible": 2,
							"parameter_unitstyle": 1,
							"parameter_type": 0,
							"parameter_mmin": -4,
							"parameter_mmax": 4
						}
					},
					"orientation": 1,
					"presentation": 1,
					"presentation_rect": [
						412,
						10,
						120,
						44
					]
				}
			},
			{
				"box": {
					"id": "obj-7",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						478,
						92,
						160.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/nudge"
				}
			},
			{
				"box": {
					"id": "obj-8",
					"maxclass": "textbutton",
					"numinlets": 1,
					"numoutlets": 3,
					"patching_rect": [
						702,
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
					"hint": "/ladmg/tap: Three taps or more set the tempo.",
					"annotation": "/ladmg/tap: Three taps or more set the tempo.",
					"mode": 0,
					"text": "tap",
					"presentation": 1,
					"presentation_rect": [
						274,
						12,
						50,
						40
					]
				}
			},
			{
				"box": {
					"id": "obj-9",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						702,
						92,
						139.0,
						22
					],
					"text": "ladmg.event /ladmg/tap"
				}
			},
			{
				"box": {
					"id": "obj-10",
					"maxclass": "textbutton",
					"numinlets": 1,
					"numoutlets": 3,
					"patching_rect": [
						926,
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
					"hint": "/ladmg/half: Half the tempo.",
					"annotation": "/ladmg/half: Half the tempo.",
					"mode": 0,
					"text": "half",
					"presentation": 1,
					"presentation_rect": [
						668,
						10,
						44,
						21
					]
				}
			},
			{
				"box": {
					"id": "obj-11",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						926,
						92,
						141.0,
						22
					],
					"text": "ladmg.event /ladmg/half"
				}
			},
			{
				"box": {
					"id": "obj-12",
					"maxclass": "textbutton",
					"numinlets": 1,
					"numoutlets": 3,
					"patching_rect": [
						1150,
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
					"hint": "/ladmg/double: Twice the tempo.",
					"annotation": "/ladmg/double: Twice the tempo.",
					"mode": 0,
					"text": "double",
					"presentation": 1,
					"presentation_rect": [
						668,
						33,
						44,
						21
					]
				}
			},
			{
				"box": {
					"id": "obj-13",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1150,
						92,
						158.0,
						22
					],
					"text": "ladmg.event /ladmg/double"
				}
			},
			{
				"box": {
					"id": "obj-14",
					"maxclass": "textbutton",
					"numinlets": 1,
					"numoutlets": 3,
					"patching_rect": [
						30,
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
					"hint": "/ladmg/downbeat: Beat 1 of a bar is now.",
					"annotation": "/ladmg/downbeat: Beat 1 of a bar is now.",
					"mode": 0,
					"text": "downbeat",
					"presentation": 1,
					"presentation_rect": [
						330,
						12,
						72,
						40
					]
				}
			},
			{
				"box": {
					"id": "obj-15",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						30,
						242,
						174.0,
						22
					],
					"text": "ladmg.event /ladmg/downbeat"
				}
			},
			{
				"box": {
					"id": "obj-16",
					"maxclass": "textbutton",
					"numinlets": 1,
					"numoutlets": 3,
					"patching_rect": [
						254,
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
					"hint": "/ladmg/restart: From bar 1 again, at once.",
					"annotation": "/ladmg/restart: From bar 1 again, at once.",
					"mode": 0,
					"text": "restart",
					"presentation": 1,
					"presentation_rect": [
						208,
						12,
						60,
						40
					]
				}
			},
			{
				"box": {
					"id": "obj-17",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						254,
						242,
						156.0,
						22
					],
					"text": "ladmg.event /ladmg/restart"
				}
			},
			{
				"box": {
					"id": "obj-18",
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
						0.898,
						0.3373,
						0.3098,
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
					"hint": "/ladmg/panic: Silence at once, echoes too; playing 1 starts again.",
					"annotation": "/ladmg/panic: Silence at once, echoes too; playing 1 starts again.",
					"mode": 0,
					"text": "panic",
					"presentation": 1,
					"presentation_rect": [
						1196,
						12,
						52,
						40
					]
				}
			},
			{
				"box": {
					"id": "obj-19",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						478,
						242,
						151.0,
						22
					],
					"text": "ladmg.event /ladmg/panic"
				}
			},
			{
				"box": {
					"id": "obj-20",
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
					"text": "clock_source",
					"presentation": 1,
					"presentation_rect": [
						718,
						10,
						80,
						18
					]
				}
			},
			{
				"box": {
					"id": "obj-21",
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
					"hint": "/ladmg/clock_source: Whose tempo and beat are followed; internal: bpm, tap and nudge.",
					"annotation": "/ladmg/clock_source: Whose tempo and beat are followed; internal: bpm, tap and nudge.",
					"items": [
						"internal",
						",",
						"midi",
						",",
						"link",
						",",
						"osc"
					],
					"presentation": 1,
					"presentation_rect": [
						718,
						28,
						80,
						22
					]
				}
			},
			{
				"box": {
					"id": "obj-22",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						702,
						242,
						197.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/clock_source"
				}
			},
			{
				"box": {
					"id": "obj-23",
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
					"text": "clock_offset_ms",
					"presentation": 1,
					"presentation_rect": [
						802,
						10,
						84,
						18
					]
				}
			},
			{
				"box": {
					"id": "obj-24",
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
					"hint": "/ladmg/clock_offset_ms: How much later than the clock that is followed; below 0 earlier.",
					"annotation": "/ladmg/clock_offset_ms: How much later than the clock that is followed; below 0 earlier.",
					"minimum": -200,
					"maximum": 200,
					"numdecimalplaces": 1,
					"presentation": 1,
					"presentation_rect": [
						802,
						28,
						84,
						22
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
						926,
						242,
						213.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/clock_offset_ms"
				}
			},
			{
				"box": {
					"id": "obj-26",
					"maxclass": "textbutton",
					"numinlets": 1,
					"numoutlets": 3,
					"patching_rect": [
						1150,
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
					"hint": "/ladmg/limiter: 1 keeps peaks below full scale; 0 lets them clip.",
					"annotation": "/ladmg/limiter: 1 keeps peaks below full scale; 0 lets them clip.",
					"mode": 1,
					"text": "limiter",
					"texton": "limiter",
					"presentation": 1,
					"presentation_rect": [
						1090,
						12,
						48,
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
						1150,
						242,
						159.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/limiter"
				}
			},
			{
				"box": {
					"id": "obj-28",
					"maxclass": "textbutton",
					"numinlets": 1,
					"numoutlets": 3,
					"patching_rect": [
						30,
						340,
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
					"hint": "/ladmg/record: 1 records what is heard, with the show beside it.",
					"annotation": "/ladmg/record: 1 records what is heard, with the show beside it.",
					"mode": 1,
					"text": "record",
					"texton": "record",
					"presentation": 1,
					"presentation_rect": [
						1142,
						12,
						50,
						40
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
						30,
						392,
						161.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/record"
				}
			},
			{
				"box": {
					"id": "obj-30",
					"maxclass": "bpatcher",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						30,
						490.0,
						112,
						44
					],
					"outlettype": [
						""
					],
					"name": "ladmg.io.maxpat",
					"args": [
						"127.0.0.1",
						7400,
						7401
					],
					"bgmode": 0,
					"border": 0,
					"clickthrough": 0,
					"enablehscroll": 0,
					"enablevscroll": 0,
					"lockeddragscroll": 0,
					"viewvisibility": 1,
					"offset": [
						0.0,
						0.0
					],
					"presentation": 1,
					"presentation_rect": [
						8,
						10,
						112,
						44
					]
				}
			},
			{
				"box": {
					"id": "obj-31",
					"maxclass": "bpatcher",
					"numinlets": 0,
					"numoutlets": 3,
					"patching_rect": [
						170,
						490.0,
						190,
						48
					],
					"outlettype": [
						"",
						"",
						""
					],
					"name": "ladmg.beat.maxpat",
					"args": [],
					"bgmode": 0,
					"border": 0,
					"clickthrough": 0,
					"enablehscroll": 0,
					"enablevscroll": 0,
					"lockeddragscroll": 0,
					"viewvisibility": 1,
					"offset": [
						0.0,
						0.0
					],
					"presentation": 1,
					"presentation_rect": [
						892,
						8,
						190,
						48
					]
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
						"obj-6",
						0
					],
					"destination": [
						"obj-7",
						0
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
						"obj-6",
						0
					],
					"midpoints": [
						487.5,
						122,
						466,
						122,
						466,
						32,
						487.5,
						32
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
						"obj-12",
						0
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
						"obj-14",
						0
					],
					"destination": [
						"obj-15",
						0
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
						"obj-18",
						0
					],
					"destination": [
						"obj-19",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-21",
						0
					],
					"destination": [
						"obj-22",
						0
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
						"obj-21",
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
			}
		]
	}
}
