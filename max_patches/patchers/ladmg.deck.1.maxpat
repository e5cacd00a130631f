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
					"text": "prompt",
					"presentation": 1,
					"presentation_rect": [
						12,
						63,
						56,
						18
					]
				}
			},
			{
				"box": {
					"id": "obj-2",
					"maxclass": "textedit",
					"numinlets": 1,
					"numoutlets": 4,
					"patching_rect": [
						30,
						58,
						150,
						22
					],
					"outlettype": [
						"",
						"int",
						"",
						""
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
					"bordercolor": [
						0.2314,
						0.2627,
						0.3098,
						1.0
					],
					"border": 1.0,
					"rounded": 4.0,
					"lines": 1,
					"keymode": 1,
					"outputmode": 1,
					"wordwrap": 0,
					"hint": "/ladmg/1/prompt: What the loop should sound like; words are joined.",
					"annotation": "/ladmg/1/prompt: What the loop should sound like; words are joined.",
					"text": "",
					"presentation": 1,
					"presentation_rect": [
						68,
						61,
						320,
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
						172.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.words /ladmg/1/prompt"
				}
			},
			{
				"box": {
					"id": "obj-4",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						268,
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
					"text": "prompt_2",
					"presentation": 1,
					"presentation_rect": [
						12,
						93,
						56,
						18
					]
				}
			},
			{
				"box": {
					"id": "obj-5",
					"maxclass": "textedit",
					"numinlets": 1,
					"numoutlets": 4,
					"patching_rect": [
						254,
						58,
						150,
						22
					],
					"outlettype": [
						"",
						"int",
						"",
						""
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
					"bordercolor": [
						0.2314,
						0.2627,
						0.3098,
						1.0
					],
					"border": 1.0,
					"rounded": 4.0,
					"lines": 1,
					"keymode": 1,
					"outputmode": 1,
					"wordwrap": 0,
					"hint": "/ladmg/1/prompt_2: A second text, mixed in by weight_2.",
					"annotation": "/ladmg/1/prompt_2: A second text, mixed in by weight_2.",
					"text": "",
					"presentation": 1,
					"presentation_rect": [
						68,
						91,
						320,
						22
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
						254,
						92,
						185.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.words /ladmg/1/prompt_2"
				}
			},
			{
				"box": {
					"id": "obj-7",
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
					"text": "prompt_3",
					"presentation": 1,
					"presentation_rect": [
						12,
						123,
						56,
						18
					]
				}
			},
			{
				"box": {
					"id": "obj-8",
					"maxclass": "textedit",
					"numinlets": 1,
					"numoutlets": 4,
					"patching_rect": [
						478,
						58,
						150,
						22
					],
					"outlettype": [
						"",
						"int",
						"",
						""
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
					"bordercolor": [
						0.2314,
						0.2627,
						0.3098,
						1.0
					],
					"border": 1.0,
					"rounded": 4.0,
					"lines": 1,
					"keymode": 1,
					"outputmode": 1,
					"wordwrap": 0,
					"hint": "/ladmg/1/prompt_3: A third text, mixed in by weight_3.",
					"annotation": "/ladmg/1/prompt_3: A third text, mixed in by weight_3.",
					"text": "",
					"presentation": 1,
					"presentation_rect": [
						68,
						121,
						320,
						22
					]
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
						92,
						185.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.words /ladmg/1/prompt_3"
				}
			},
			{
				"box": {
					"id": "obj-10",
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
					"text": "prompt_4",
					"presentation": 1,
					"presentation_rect": [
						12,
						153,
						56,
						18
					]
				}
			},
			{
				"box": {
					"id": "obj-11",
					"maxclass": "textedit",
					"numinlets": 1,
					"numoutlets": 4,
					"patching_rect": [
						702,
						58,
						150,
						22
					],
					"outlettype": [
						"",
						"int",
						"",
						""
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
					"bordercolor": [
						0.2314,
						0.2627,
						0.3098,
						1.0
					],
					"border": 1.0,
					"rounded": 4.0,
					"lines": 1,
					"keymode": 1,
					"outputmode": 1,
					"wordwrap": 0,
					"hint": "/ladmg/1/prompt_4: A fourth text, mixed in by weight_4.",
					"annotation": "/ladmg/1/prompt_4: A fourth text, mixed in by weight_4.",
					"text": "",
					"presentation": 1,
					"presentation_rect": [
						68,
						151,
						320,
						22
					]
				}
			},
			{
				"box": {
					"id": "obj-12",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						702,
						92,
						185.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.words /ladmg/1/prompt_4"
				}
			},
			{
				"box": {
					"id": "obj-13",
					"maxclass": "live.slider",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						926,
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
					"hint": "/ladmg/1/weight: Share of prompt among the prompts.",
					"annotation": "/ladmg/1/weight: Share of prompt among the prompts.",
					"parameter_enable": 1,
					"saved_attribute_attributes": {
						"valueof": {
							"parameter_longname": "1 weight",
							"parameter_shortname": "weight",
							"parameter_invisible": 2,
							"parameter_unitstyle": 1,
							"parameter_type": 0,
							"parameter_mmin": 0,
							"parameter_mmax": 1
						}
					},
					"orientation": 1,
					"showname": 0,
					"presentation": 1,
					"presentation_rect": [
						394,
						58,
						94,
						28
					]
				}
			},
			{
				"box": {
					"id": "obj-14",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						926,
						92,
						171.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/1/weight"
				}
			},
			{
				"box": {
					"id": "obj-15",
					"maxclass": "live.slider",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						1150,
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
					"hint": "/ladmg/1/weight_2: Share of prompt_2 among the prompts.",
					"annotation": "/ladmg/1/weight_2: Share of prompt_2 among the prompts.",
					"parameter_enable": 1,
					"saved_attribute_attributes": {
						"valueof": {
							"parameter_longname": "1 weight_2",
							"parameter_shortname": "weight_2",
							"parameter_invisible": 2,
							"parameter_unitstyle": 1,
							"parameter_type": 0,
							"parameter_mmin": 0,
							"parameter_mmax": 1
						}
					},
					"orientation": 1,
					"showname": 0,
					"presentation": 1,
					"presentation_rect": [
						394,
						88,
						94,
						28
					]
				}
			},
			{
				"box": {
					"id": "obj-16",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						1150,
						92,
						185.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/1/weight_2"
				}
			},
			{
				"box": {
					"id": "obj-17",
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
					"hint": "/ladmg/1/weight_3: Share of prompt_3 among the prompts.",
					"annotation": "/ladmg/1/weight_3: Share of prompt_3 among the prompts.",
					"parameter_enable": 1,
					"saved_attribute_attributes": {
						"valueof": {
							"parameter_longname": "1 weight_3",
							"parameter_shortname": "weight_3",
							"parameter_invisible": 2,
							"parameter_unitstyle": 1,
							"parameter_type": 0,
							"parameter_mmin": 0,
							"parameter_mmax": 1
						}
					},
					"orientation": 1,
					"showname": 0,
					"presentation": 1,
					"presentation_rect": [
						394,
						118,
						94,
						28
					]
				}
			},
			{
				"box": {
					"id": "obj-18",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						30,
						242,
						185.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/1/weight_3"
				}
			},
			{
				"box": {
					"id": "obj-19",
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
					"hint": "/ladmg/1/weight_4: Share of prompt_4 among the prompts.",
					"annotation": "/ladmg/1/weight_4: Share of prompt_4 among the prompts.",
					"parameter_enable": 1,
					"saved_attribute_attributes": {
						"valueof": {
							"parameter_longname": "1 weight_4",
							"parameter_shortname": "weight_4",
							"parameter_invisible": 2,
							"parameter_unitstyle": 1,
							"parameter_type": 0,
							"parameter_mmin": 0,
							"parameter_mmax": 1
						}
					},
					"orientation": 1,
					"showname": 0,
					"presentation": 1,
					"presentation_rect": [
						394,
						148,
						94,
						28
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
						254,
						242,
						185.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/1/weight_4"
				}
			},
			{
				"box": {
					"id": "obj-21",
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
					"text": "negative",
					"presentation": 1,
					"presentation_rect": [
						12,
						183,
						56,
						18
					]
				}
			},
			{
				"box": {
					"id": "obj-22",
					"maxclass": "textedit",
					"numinlets": 1,
					"numoutlets": 4,
					"patching_rect": [
						478,
						208,
						150,
						22
					],
					"outlettype": [
						"",
						"int",
						"",
						""
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
					"bordercolor": [
						0.2314,
						0.2627,
						0.3098,
						1.0
					],
					"border": 1.0,
					"rounded": 4.0,
					"lines": 1,
					"keymode": 1,
					"outputmode": 1,
					"wordwrap": 0,
					"hint": "/ladmg/1/negative: What the loop should not sound like; heard while cfg_scale is above cfg_grid.",
					"annotation": "/ladmg/1/negative: What the loop should not sound like; heard while cfg_scale is above cfg_grid.",
					"text": "",
					"presentation": 1,
					"presentation_rect": [
						68,
						181,
						420,
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
						478,
						242,
						180.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.words /ladmg/1/negative"
				}
			},
			{
				"box": {
					"id": "obj-24",
					"maxclass": "live.dial",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						702,
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
					"hint": "/ladmg/1/cfg_scale: How strictly prompts, key, brightness and density are followed.",
					"annotation": "/ladmg/1/cfg_scale: How strictly prompts, key, brightness and density are followed.",
					"parameter_enable": 1,
					"saved_attribute_attributes": {
						"valueof": {
							"parameter_longname": "1 cfg_scale",
							"parameter_shortname": "cfg_scale",
							"parameter_invisible": 2,
							"parameter_unitstyle": 1,
							"parameter_type": 0,
							"parameter_mmin": 0,
							"parameter_mmax": 8
						}
					},
					"presentation": 1,
					"presentation_rect": [
						12,
						314,
						60,
						60
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
						702,
						242,
						187.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/1/cfg_scale"
				}
			},
			{
				"box": {
					"id": "obj-26",
					"maxclass": "live.dial",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						926,
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
					"hint": "/ladmg/1/cfg_grid: How strictly the beat is followed.",
					"annotation": "/ladmg/1/cfg_grid: How strictly the beat is followed.",
					"parameter_enable": 1,
					"saved_attribute_attributes": {
						"valueof": {
							"parameter_longname": "1 cfg_grid",
							"parameter_shortname": "cfg_grid",
							"parameter_invisible": 2,
							"parameter_unitstyle": 1,
							"parameter_type": 0,
							"parameter_mmin": 0,
							"parameter_mmax": 4
						}
					},
					"presentation": 1,
					"presentation_rect": [
						74,
						314,
						60,
						60
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
						926,
						242,
						179.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/1/cfg_grid"
				}
			},
			{
				"box": {
					"id": "obj-28",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1164,
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
					"text": "seed_a",
					"presentation": 1,
					"presentation_rect": [
						12,
						220,
						58,
						18
					]
				}
			},
			{
				"box": {
					"id": "obj-29",
					"maxclass": "number",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						1150,
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
					"hint": "/ladmg/1/seed_a: The noise at morph 0.",
					"annotation": "/ladmg/1/seed_a: The noise at morph 0.",
					"minimum": 0,
					"maximum": 999999,
					"presentation": 1,
					"presentation_rect": [
						12,
						238,
						58,
						22
					]
				}
			},
			{
				"box": {
					"id": "obj-30",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						1150,
						242,
						176.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/1/seed_a"
				}
			},
			{
				"box": {
					"id": "obj-31",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						44,
						340,
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
					"text": "seed_b",
					"presentation": 1,
					"presentation_rect": [
						430,
						220,
						58,
						18
					]
				}
			},
			{
				"box": {
					"id": "obj-32",
					"maxclass": "number",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						30,
						358,
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
					"hint": "/ladmg/1/seed_b: The noise at morph 1.",
					"annotation": "/ladmg/1/seed_b: The noise at morph 1.",
					"minimum": 0,
					"maximum": 999999,
					"presentation": 1,
					"presentation_rect": [
						430,
						238,
						58,
						22
					]
				}
			},
			{
				"box": {
					"id": "obj-33",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						30,
						392,
						176.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/1/seed_b"
				}
			},
			{
				"box": {
					"id": "obj-34",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						268,
						340,
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
					"text": "seed_c",
					"presentation": 1,
					"presentation_rect": [
						12,
						264,
						58,
						18
					]
				}
			},
			{
				"box": {
					"id": "obj-35",
					"maxclass": "number",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						254,
						358,
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
					"hint": "/ladmg/1/seed_c: The noise at morph 0, morph_y 1.",
					"annotation": "/ladmg/1/seed_c: The noise at morph 0, morph_y 1.",
					"minimum": 0,
					"maximum": 999999,
					"presentation": 1,
					"presentation_rect": [
						12,
						282,
						58,
						22
					]
				}
			},
			{
				"box": {
					"id": "obj-36",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						254,
						392,
						175.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/1/seed_c"
				}
			},
			{
				"box": {
					"id": "obj-37",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						492,
						340,
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
					"text": "seed_d",
					"presentation": 1,
					"presentation_rect": [
						430,
						264,
						58,
						18
					]
				}
			},
			{
				"box": {
					"id": "obj-38",
					"maxclass": "number",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						478,
						358,
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
					"hint": "/ladmg/1/seed_d: The noise at morph 1, morph_y 1.",
					"annotation": "/ladmg/1/seed_d: The noise at morph 1, morph_y 1.",
					"minimum": 0,
					"maximum": 999999,
					"presentation": 1,
					"presentation_rect": [
						430,
						282,
						58,
						22
					]
				}
			},
			{
				"box": {
					"id": "obj-39",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						478,
						392,
						176.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/1/seed_d"
				}
			},
			{
				"box": {
					"id": "obj-40",
					"maxclass": "live.slider",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						702,
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
					"hint": "/ladmg/1/morph: The position between seed_a (0) and seed_b (1).",
					"annotation": "/ladmg/1/morph: The position between seed_a (0) and seed_b (1).",
					"parameter_enable": 1,
					"saved_attribute_attributes": {
						"valueof": {
							"parameter_longname": "1 morph",
							"parameter_shortname": "morph",
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
						76,
						226,
						348,
						34
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
						702,
						392,
						171.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/1/morph"
				}
			},
			{
				"box": {
					"id": "obj-42",
					"maxclass": "live.slider",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						926,
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
					"hint": "/ladmg/1/morph_y: The position between seed_a and seed_b (0), and seed_c and seed_d (1).",
					"annotation": "/ladmg/1/morph_y: The position between seed_a and seed_b (0), and seed_c and seed_d (1).",
					"parameter_enable": 1,
					"saved_attribute_attributes": {
						"valueof": {
							"parameter_longname": "1 morph_y",
							"parameter_shortname": "morph_y",
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
						76,
						268,
						348,
						34
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
						926,
						392,
						183.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/1/morph_y"
				}
			},
			{
				"box": {
					"id": "obj-44",
					"maxclass": "live.dial",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						1150,
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
					"hint": "/ladmg/1/brightness: Darker or brighter; 0 asks for nothing.",
					"annotation": "/ladmg/1/brightness: Darker or brighter; 0 asks for nothing.",
					"parameter_enable": 1,
					"saved_attribute_attributes": {
						"valueof": {
							"parameter_longname": "1 brightness",
							"parameter_shortname": "brightness",
							"parameter_invisible": 2,
							"parameter_unitstyle": 1,
							"parameter_type": 0,
							"parameter_mmin": -1,
							"parameter_mmax": 1
						}
					},
					"presentation": 1,
					"presentation_rect": [
						136,
						314,
						60,
						60
					]
				}
			},
			{
				"box": {
					"id": "obj-45",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						1150,
						392,
						192.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/1/brightness"
				}
			},
			{
				"box": {
					"id": "obj-46",
					"maxclass": "live.dial",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						30,
						490,
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
					"hint": "/ladmg/1/density: Sparser or busier; 0 asks for nothing.",
					"annotation": "/ladmg/1/density: Sparser or busier; 0 asks for nothing.",
					"parameter_enable": 1,
					"saved_attribute_attributes": {
						"valueof": {
							"parameter_longname": "1 density",
							"parameter_shortname": "density",
							"parameter_invisible": 2,
							"parameter_unitstyle": 1,
							"parameter_type": 0,
							"parameter_mmin": -1,
							"parameter_mmax": 1
						}
					},
					"presentation": 1,
					"presentation_rect": [
						198,
						314,
						60,
						60
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
						30,
						542,
						175.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/1/density"
				}
			},
			{
				"box": {
					"id": "obj-48",
					"maxclass": "live.dial",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						254,
						490,
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
					"hint": "/ladmg/1/swing: Where in each pair of 16ths the second one lies; 50 is straight.",
					"annotation": "/ladmg/1/swing: Where in each pair of 16ths the second one lies; 50 is straight.",
					"parameter_enable": 1,
					"saved_attribute_attributes": {
						"valueof": {
							"parameter_longname": "1 swing",
							"parameter_shortname": "swing",
							"parameter_invisible": 2,
							"parameter_unitstyle": 1,
							"parameter_type": 0,
							"parameter_mmin": 50,
							"parameter_mmax": 75
						}
					},
					"presentation": 1,
					"presentation_rect": [
						260,
						314,
						60,
						60
					]
				}
			},
			{
				"box": {
					"id": "obj-49",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						254,
						542,
						167.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/1/swing"
				}
			},
			{
				"box": {
					"id": "obj-50",
					"maxclass": "textbutton",
					"numinlets": 1,
					"numoutlets": 3,
					"patching_rect": [
						478,
						490,
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
					"hint": "/ladmg/1/hold: 1: no loop enters, while everything else goes on.",
					"annotation": "/ladmg/1/hold: 1: no loop enters, while everything else goes on.",
					"mode": 1,
					"text": "hold",
					"texton": "hold",
					"presentation": 1,
					"presentation_rect": [
						378,
						378,
						34,
						42
					]
				}
			},
			{
				"box": {
					"id": "obj-51",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						478,
						542,
						159.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "ladmg.param /ladmg/1/hold"
				}
			},
			{
				"box": {
					"id": "obj-52",
					"maxclass": "textbutton",
					"numinlets": 1,
					"numoutlets": 3,
					"patching_rect": [
						702,
						490,
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
					"hint": "/ladmg/1/undo: Back to the loop and the settings before; not the tempo.",
					"annotation": "/ladmg/1/undo: Back to the loop and the settings before; not the tempo.",
					"mode": 0,
					"text": "undo",
					"presentation": 1,
					"presentation_rect": [
						416,
						378,
						34,
						42
					]
				}
			},
			{
				"box": {
					"id": "obj-53",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						702,
						542,
						159.0,
						22
					],
					"text": "ladmg.event /ladmg/1/undo"
				}
			},
			{
				"box": {
					"id": "obj-54",
					"maxclass": "textbutton",
					"numinlets": 1,
					"numoutlets": 3,
					"patching_rect": [
						926,
						490,
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
					"hint": "/ladmg/1/roll: A new seed at the end farther from morph.",
					"annotation": "/ladmg/1/roll: A new seed at the end farther from morph.",
					"mode": 0,
					"text": "roll",
					"presentation": 1,
					"presentation_rect": [
						330,
						378,
						44,
						42
					]
				}
			},
			{
				"box": {
					"id": "obj-55",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						926,
						542,
						148.0,
						22
					],
					"text": "ladmg.event /ladmg/1/roll"
				}
			},
			{
				"box": {
					"id": "obj-56",
					"maxclass": "textbutton",
					"numinlets": 1,
					"numoutlets": 3,
					"patching_rect": [
						1150,
						490,
						90,
						28
					],
					"outlettype": [
						"",
						"",
						"int"
					],
					"fontname": "Arial",
					"fontsize": 22.0,
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
					"hint": "/ladmg/1/go: Drop what is ready.",
					"annotation": "/ladmg/1/go: Drop what is ready.",
					"mode": 0,
					"text": "go",
					"presentation": 1,
					"presentation_rect": [
						330,
						316,
						158,
						56
					]
				}
			},
			{
				"box": {
					"id": "obj-57",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1150,
						542,
						145.0,
						22
					],
					"text": "ladmg.event /ladmg/1/go"
				}
			},
			{
				"box": {
					"id": "obj-58",
					"maxclass": "textbutton",
					"numinlets": 1,
					"numoutlets": 3,
					"patching_rect": [
						30,
						640,
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
					"hint": "/ladmg/1/copy: Takes over all settings of the other deck.",
					"annotation": "/ladmg/1/copy: Takes over all settings of the other deck.",
					"mode": 0,
					"text": "copy",
					"presentation": 1,
					"presentation_rect": [
						454,
						378,
						34,
						42
					]
				}
			},
			{
				"box": {
					"id": "obj-59",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						30,
						692,
						157.0,
						22
					],
					"text": "ladmg.event /ladmg/1/copy"
				}
			},
			{
				"box": {
					"id": "obj-60",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 4,
					"patching_rect": [
						30,
						820.0,
						109.0,
						22
					],
					"outlettype": [
						"",
						"",
						"",
						""
					],
					"text": "js ladmg.deck.js 1"
				}
			},
			{
				"box": {
					"id": "obj-61",
					"maxclass": "newobj",
					"numinlets": 0,
					"numoutlets": 1,
					"patching_rect": [
						30,
						790.0,
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
					"id": "obj-62",
					"maxclass": "newobj",
					"numinlets": 0,
					"numoutlets": 1,
					"patching_rect": [
						120,
						790.0,
						74.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "r ladmg.out"
				}
			},
			{
				"box": {
					"id": "obj-63",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						530,
						850.0,
						40,
						40
					],
					"fontname": "Arial",
					"fontsize": 32.0,
					"textcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"text": "1",
					"fontface": 1,
					"presentation": 1,
					"presentation_rect": [
						12,
						6,
						36,
						44
					]
				}
			},
			{
				"box": {
					"id": "obj-64",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						30,
						850.0,
						200,
						20
					],
					"fontname": "Arial",
					"fontsize": 12.0,
					"textcolor": [
						0.3098,
						0.7882,
						0.498,
						1.0
					],
					"text": "",
					"textjustification": 0,
					"presentation": 1,
					"presentation_rect": [
						52,
						8,
						436,
						20
					]
				}
			},
			{
				"box": {
					"id": "obj-65",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						240,
						850.0,
						200,
						20
					],
					"fontname": "Arial",
					"fontsize": 12.0,
					"textcolor": [
						0.949,
						0.6706,
						0.2353,
						1.0
					],
					"text": "",
					"textjustification": 0,
					"presentation": 1,
					"presentation_rect": [
						52,
						28,
						436,
						20
					]
				}
			},
			{
				"box": {
					"id": "obj-66",
					"maxclass": "multislider",
					"numinlets": 1,
					"numoutlets": 2,
					"patching_rect": [
						590,
						850.0,
						160,
						20
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
					"size": 65,
					"presentation": 1,
					"presentation_rect": [
						76,
						214,
						348,
						10
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
						263.5,
						122,
						242,
						122,
						242,
						50,
						263.5,
						50
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
						0
					],
					"destination": [
						"obj-8",
						0
					],
					"midpoints": [
						487.5,
						122,
						466,
						122,
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
						"obj-11",
						0
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
						"obj-11",
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
						"obj-13",
						0
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
						"obj-13",
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
						"obj-15",
						0
					],
					"destination": [
						"obj-16",
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
						"obj-15",
						0
					],
					"midpoints": [
						1159.5,
						122,
						1138,
						122,
						1138,
						32,
						1159.5,
						32
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
						"obj-18",
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
						"obj-17",
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
						487.5,
						272,
						466,
						272,
						466,
						200,
						487.5,
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
						711.5,
						272,
						690,
						272,
						690,
						182,
						711.5,
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
						935.5,
						272,
						914,
						272,
						914,
						182,
						935.5,
						182
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
						"obj-30",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-30",
						0
					],
					"destination": [
						"obj-29",
						0
					],
					"midpoints": [
						1159.5,
						272,
						1138,
						272,
						1138,
						200,
						1159.5,
						200
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
						"obj-33",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-33",
						0
					],
					"destination": [
						"obj-32",
						0
					],
					"midpoints": [
						39.5,
						422,
						18,
						422,
						18,
						350,
						39.5,
						350
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
						"obj-36",
						0
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
						"obj-35",
						0
					],
					"midpoints": [
						263.5,
						422,
						242,
						422,
						242,
						350,
						263.5,
						350
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
						"obj-38",
						0
					],
					"midpoints": [
						487.5,
						422,
						466,
						422,
						466,
						350,
						487.5,
						350
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-40",
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
					],
					"midpoints": [
						711.5,
						422,
						690,
						422,
						690,
						332,
						711.5,
						332
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
						935.5,
						422,
						914,
						422,
						914,
						332,
						935.5,
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
						"obj-44",
						0
					],
					"midpoints": [
						1159.5,
						422,
						1138,
						422,
						1138,
						332,
						1159.5,
						332
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-46",
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
					],
					"midpoints": [
						39.5,
						572,
						18,
						572,
						18,
						482,
						39.5,
						482
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-48",
						0
					],
					"destination": [
						"obj-49",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-49",
						0
					],
					"destination": [
						"obj-48",
						0
					],
					"midpoints": [
						263.5,
						572,
						242,
						572,
						242,
						482,
						263.5,
						482
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-50",
						0
					],
					"destination": [
						"obj-51",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-51",
						0
					],
					"destination": [
						"obj-50",
						0
					],
					"midpoints": [
						487.5,
						572,
						466,
						572,
						466,
						482,
						487.5,
						482
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-52",
						0
					],
					"destination": [
						"obj-53",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-54",
						0
					],
					"destination": [
						"obj-55",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-56",
						0
					],
					"destination": [
						"obj-57",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-58",
						0
					],
					"destination": [
						"obj-59",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-61",
						0
					],
					"destination": [
						"obj-60",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-62",
						0
					],
					"destination": [
						"obj-60",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-60",
						0
					],
					"destination": [
						"obj-64",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-60",
						1
					],
					"destination": [
						"obj-65",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-60",
						2
					],
					"destination": [
						"obj-56",
						0
					],
					"midpoints": [
						99.5,
						850.0,
						18,
						850.0,
						18,
						482,
						1159.5,
						482
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-60",
						3
					],
					"destination": [
						"obj-66",
						0
					]
				}
			}
		]
	}
}
