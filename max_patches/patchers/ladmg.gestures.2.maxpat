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
			500,
			156
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
					"maxclass": "textbutton",
					"numinlets": 1,
					"numoutlets": 3,
					"patching_rect": [
						30,
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
					"hint": "/ladmg/2/mute: 1 is silent; the loop goes on unheard, its echoes are heard out.",
					"annotation": "/ladmg/2/mute: 1 is silent; the loop goes on unheard, its echoes are heard out.",
					"mode": 1,
					"text": "mute",
					"texton": "mute",
					"presentation": 1,
					"presentation_rect": [
						12,
						12,
						62,
						50
					]
				}
			},
			{
				"box": {
					"id": "obj-2",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						30,
						92,
						163.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/2/mute"
				}
			},
			{
				"box": {
					"id": "obj-3",
					"maxclass": "live.dial",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						254,
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
					"activedialcolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					],
					"activeneedlecolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"dialcolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					],
					"needlecolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"appearance": 0,
					"hint": "/ladmg/2/filter: Below 0 a low-pass that closes, above 0 a high-pass; 0 is open.",
					"annotation": "/ladmg/2/filter: Below 0 a low-pass that closes, above 0 a high-pass; 0 is open.",
					"parameter_enable": 1,
					"saved_attribute_attributes": {
						"valueof": {
							"parameter_longname": "2 filter",
							"parameter_shortname": "filter",
							"parameter_invisible": 2,
							"parameter_unitstyle": 1,
							"parameter_type": 0,
							"parameter_mmin": -1,
							"parameter_mmax": 1
						}
					},
					"presentation": 1,
					"presentation_rect": [
						428,
						6,
						60,
						60
					]
				}
			},
			{
				"box": {
					"id": "obj-4",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						254,
						92,
						159.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/2/filter"
				}
			},
			{
				"box": {
					"id": "obj-5",
					"maxclass": "textbutton",
					"numinlets": 1,
					"numoutlets": 3,
					"patching_rect": [
						478,
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
					"hint": "/ladmg/2/kill_low: 1 takes away all below 150 Hz.",
					"annotation": "/ladmg/2/kill_low: 1 takes away all below 150 Hz.",
					"mode": 1,
					"text": "kill_low",
					"texton": "kill_low",
					"presentation": 1,
					"presentation_rect": [
						290,
						12,
						64,
						50
					]
				}
			},
			{
				"box": {
					"id": "obj-6",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						478,
						92,
						175.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/2/kill_low"
				}
			},
			{
				"box": {
					"id": "obj-7",
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
					"hint": "/ladmg/2/kill_mid: 1 takes away 150 Hz to 2.5 kHz.",
					"annotation": "/ladmg/2/kill_mid: 1 takes away 150 Hz to 2.5 kHz.",
					"mode": 1,
					"text": "kill_mid",
					"texton": "kill_mid",
					"presentation": 1,
					"presentation_rect": [
						220,
						12,
						64,
						50
					]
				}
			},
			{
				"box": {
					"id": "obj-8",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						702,
						92,
						177.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/2/kill_mid"
				}
			},
			{
				"box": {
					"id": "obj-9",
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
					"hint": "/ladmg/2/kill_high: 1 takes away all above 2.5 kHz.",
					"annotation": "/ladmg/2/kill_high: 1 takes away all above 2.5 kHz.",
					"mode": 1,
					"text": "kill_high",
					"texton": "kill_high",
					"presentation": 1,
					"presentation_rect": [
						150,
						12,
						64,
						50
					]
				}
			},
			{
				"box": {
					"id": "obj-10",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						926,
						92,
						180.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/2/kill_high"
				}
			},
			{
				"box": {
					"id": "obj-11",
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
					"text": "stutter",
					"presentation": 1,
					"presentation_rect": [
						12,
						79.0,
						64,
						18
					]
				}
			},
			{
				"box": {
					"id": "obj-12",
					"maxclass": "live.tab",
					"numinlets": 1,
					"numoutlets": 3,
					"patching_rect": [
						1150,
						58,
						150,
						20
					],
					"outlettype": [
						"",
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
					"multiline": 0,
					"spacing_x": 2.0,
					"spacing_y": 2.0,
					"activebgcolor": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"activebgoncolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					],
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
					"textoncolor": [
						0.0824,
						0.0902,
						0.1059,
						1.0
					],
					"activetextcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"activetextoncolor": [
						0.0824,
						0.0902,
						0.1059,
						1.0
					],
					"hint": "/ladmg/2/stutter: Repeats a part of the bar, from the next 16th on; off: the loop is where it would have been.",
					"annotation": "/ladmg/2/stutter: Repeats a part of the bar, from the next 16th on; off: the loop is where it would have been.",
					"parameter_enable": 1,
					"saved_attribute_attributes": {
						"valueof": {
							"parameter_longname": "2 stutter",
							"parameter_shortname": "stutter",
							"parameter_invisible": 2,
							"parameter_unitstyle": 1,
							"parameter_type": 2,
							"parameter_enum": [
								"off",
								"1/2",
								"1/4",
								"1/8",
								"1/16"
							],
							"parameter_mmax": 4
						}
					},
					"button": 0,
					"presentation": 1,
					"presentation_rect": [
						76,
						72,
						412,
						32
					]
				}
			},
			{
				"box": {
					"id": "obj-13",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						1150,
						92,
						170.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/2/stutter"
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
					"hint": "/ladmg/2/reverse: 1 plays backwards from the next 16th on.",
					"annotation": "/ladmg/2/reverse: 1 plays backwards from the next 16th on.",
					"mode": 1,
					"text": "reverse",
					"texton": "reverse",
					"presentation": 1,
					"presentation_rect": [
						80,
						12,
						64,
						50
					]
				}
			},
			{
				"box": {
					"id": "obj-15",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						30,
						242,
						177.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/2/reverse"
				}
			},
			{
				"box": {
					"id": "obj-16",
					"maxclass": "live.dial",
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
					"activedialcolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					],
					"activeneedlecolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"dialcolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					],
					"needlecolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"appearance": 0,
					"hint": "/ladmg/2/delay_send: Echoes in three 16ths.",
					"annotation": "/ladmg/2/delay_send: Echoes in three 16ths.",
					"parameter_enable": 1,
					"saved_attribute_attributes": {
						"valueof": {
							"parameter_longname": "2 delay_send",
							"parameter_shortname": "delay_send",
							"parameter_invisible": 2,
							"parameter_unitstyle": 1,
							"parameter_type": 0,
							"parameter_mmin": 0,
							"parameter_mmax": 1
						}
					},
					"presentation": 1,
					"presentation_rect": [
						364,
						6,
						60,
						60
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
						254,
						242,
						198.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/2/delay_send"
				}
			},
			{
				"box": {
					"id": "obj-18",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						492,
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
					"text": "shelf_keep",
					"presentation": 1,
					"presentation_rect": [
						12,
						130.0,
						64,
						18
					]
				}
			},
			{
				"box": {
					"id": "obj-19",
					"maxclass": "live.tab",
					"numinlets": 1,
					"numoutlets": 3,
					"patching_rect": [
						478,
						208,
						150,
						20
					],
					"outlettype": [
						"",
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
					"multiline": 0,
					"spacing_x": 2.0,
					"spacing_y": 2.0,
					"activebgcolor": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"activebgoncolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					],
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
					"textoncolor": [
						0.0824,
						0.0902,
						0.1059,
						1.0
					],
					"activetextcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"activetextoncolor": [
						0.0824,
						0.0902,
						0.1059,
						1.0
					],
					"hint": "/ladmg/2/shelf_keep: Keeps what sounds in a place of the shelf, and as a WAV.",
					"annotation": "/ladmg/2/shelf_keep: Keeps what sounds in a place of the shelf, and as a WAV.",
					"parameter_enable": 1,
					"saved_attribute_attributes": {
						"valueof": {
							"parameter_longname": "2 shelf_keep",
							"parameter_shortname": "shelf_keep",
							"parameter_invisible": 2,
							"parameter_unitstyle": 1,
							"parameter_type": 2,
							"parameter_enum": [
								"1",
								"2",
								"3",
								"4",
								"5",
								"6",
								"7",
								"8",
								"9",
								"10",
								"11",
								"12",
								"13",
								"14",
								"15",
								"16"
							],
							"parameter_mmax": 15
						}
					},
					"button": 1,
					"presentation": 1,
					"presentation_rect": [
						76,
						130,
						412,
						18
					]
				}
			},
			{
				"box": {
					"id": "obj-20",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						478,
						242,
						32.0,
						22
					],
					"outlettype": [
						"int"
					],
					"text": "+ 1"
				}
			},
			{
				"box": {
					"id": "obj-21",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						478,
						266,
						169.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "prepend /ladmg/2/shelf_keep"
				}
			},
			{
				"box": {
					"id": "obj-22",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						478,
						290,
						76.0,
						22
					],
					"text": "s ladmg.out"
				}
			},
			{
				"box": {
					"id": "obj-23",
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
					"text": "shelf_play",
					"presentation": 1,
					"presentation_rect": [
						12,
						110.0,
						64,
						18
					]
				}
			},
			{
				"box": {
					"id": "obj-24",
					"maxclass": "live.tab",
					"numinlets": 1,
					"numoutlets": 3,
					"patching_rect": [
						702,
						208,
						150,
						20
					],
					"outlettype": [
						"",
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
					"multiline": 0,
					"spacing_x": 2.0,
					"spacing_y": 2.0,
					"activebgcolor": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"activebgoncolor": [
						0.4157,
						0.6471,
						0.8902,
						1.0
					],
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
					"textoncolor": [
						0.0824,
						0.0902,
						0.1059,
						1.0
					],
					"activetextcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"activetextoncolor": [
						0.0824,
						0.0902,
						0.1059,
						1.0
					],
					"hint": "/ladmg/2/shelf_play: Brings back what is kept in a place of the shelf, with its settings.",
					"annotation": "/ladmg/2/shelf_play: Brings back what is kept in a place of the shelf, with its settings.",
					"parameter_enable": 1,
					"saved_attribute_attributes": {
						"valueof": {
							"parameter_longname": "2 shelf_play",
							"parameter_shortname": "shelf_play",
							"parameter_invisible": 2,
							"parameter_unitstyle": 1,
							"parameter_type": 2,
							"parameter_enum": [
								"1",
								"2",
								"3",
								"4",
								"5",
								"6",
								"7",
								"8",
								"9",
								"10",
								"11",
								"12",
								"13",
								"14",
								"15",
								"16"
							],
							"parameter_mmax": 15
						}
					},
					"button": 1,
					"presentation": 1,
					"presentation_rect": [
						76,
						110,
						412,
						18
					]
				}
			},
			{
				"box": {
					"id": "obj-25",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						702,
						242,
						32.0,
						22
					],
					"outlettype": [
						"int"
					],
					"text": "+ 1"
				}
			},
			{
				"box": {
					"id": "obj-26",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						702,
						266,
						165.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "prepend /ladmg/2/shelf_play"
				}
			},
			{
				"box": {
					"id": "obj-27",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						702,
						290,
						76.0,
						22
					],
					"text": "s ladmg.out"
				}
			}
		],
		"lines": [
			{
				"patchline": {
					"source": [
						"obj-1",
						0
					],
					"destination": [
						"obj-2",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-2",
						0
					],
					"destination": [
						"obj-1",
						0
					],
					"midpoints": [
						39.5,
						122,
						18,
						122,
						18,
						32,
						39.5,
						32
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
						"obj-4",
						0
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
						"obj-3",
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
						"obj-5",
						0
					],
					"destination": [
						"obj-6",
						0
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
						"obj-5",
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
						"obj-7",
						0
					],
					"midpoints": [
						711.5,
						122,
						690,
						122,
						690,
						32,
						711.5,
						32
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-9",
						0
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
						"obj-9",
						0
					],
					"midpoints": [
						935.5,
						122,
						914,
						122,
						914,
						32,
						935.5,
						32
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
						"obj-13",
						0
					],
					"destination": [
						"obj-12",
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
						"obj-15",
						0
					],
					"destination": [
						"obj-14",
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
						"obj-21",
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
						"obj-26",
						0
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
			}
		]
	}
}
